import { createPrivateMember } from '../../access/private-member.js';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import { readMessages, type McpReading } from '../protocol/read-messages.js';
import { rawRequest, type HttpRequest } from './raw-http.js';

/**
 * Reads the body of a request, once: whoever asks again gets the same reading.
 *
 * @throws {MessageRefusedError} it is over a limit
 */
export function readRequest(request: HttpRequest, limits: ResolvedMcpLimits): McpReading {
  const raw = rawRequest(request);
  const known = READINGS.get(raw);
  if (known) return known;
  const reading = readMessages(request.body, limits);
  READINGS.set(raw, reading);
  return reading;
}

const READINGS = createPrivateMember<McpReading>();
