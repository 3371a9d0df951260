import type { IncomingMessage } from 'node:http';
import { weightOf } from '../../backplane/weight-of.js';
import { assertBatchAllowed } from '../protocol/batches.js';
import { trimListenRequest } from '../protocol/listen-request.js';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import { readMessages, type McpReading } from '../protocol/read-messages.js';
import { overLimit } from './http-errors.js';
import { rawRequest, type HttpRequest } from './raw-http.js';
import { bodyOf } from './request-bodies.js';

/**
 * Reads the body of a request once; later calls return the same reading.
 *
 * @throws {MessageRefusedError} the body is over a limit, or a batch that its revision does not have
 */
export function readRequest(request: HttpRequest, limits: ResolvedMcpLimits): McpReading {
  const raw = rawRequest(request);
  const kept = bodyOf(raw);
  if (kept.reading) return kept.reading;
  if (!kept.watched) assertWithin(request.body, limits);
  let reading = readMessages(request.body, limits);
  if (reading.isBatch) assertBatchAllowed(reading, revisionOf(raw));
  const [message] = reading.messages;
  if (!reading.isBatch && message?.traits.opensStream) {
    // A stream stays open for long: release the parts of its request that it does not need.
    const trimmed = trimListenRequest(message);
    Reflect.set(request, 'body', trimmed.json);
    kept.watched?.shrink(weightOf(trimmed.json));
    reading = { ...reading, messages: [trimmed] };
  }
  kept.reading = reading;
  return reading;
}

/** The protocol revision that a request names; without the header it is 2025-03-26. */
function revisionOf({ headers }: IncomingMessage): string | undefined {
  return [headers['mcp-protocol-version']].flat().join(', ') || undefined;
}

/** Checks the limits of a body that was parsed before {@link RequestBodies} could watch it. */
function assertWithin(body: unknown, { nesting, values, members }: ResolvedMcpLimits): void {
  let level: readonly unknown[] = [body];
  let counted = 0;
  let named = 0;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > nesting) throw overLimit('nesting', nesting);
    const containers = level.filter(isContainer);
    level = containers.flatMap((value) => {
      const inner = Object.values(value);
      if (!Array.isArray(value)) named += inner.length;
      return inner;
    });
    if (named > members) throw overLimit('members', members);
    counted += level.length;
    if (counted > values) throw overLimit('values', values);
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
