import type { IncomingHttpHeaders } from 'node:http';
import { CLIENT_INFO_META_KEY } from '@modelcontextprotocol/server';
import { isJsonObject } from '../../request/json-object.js';
import type { McpMessage } from '../protocol/read-messages.js';

interface ClientDescription {
  readonly headers: IncomingHttpHeaders;
  /** Name of the client of the session; `undefined` without a session. */
  readonly nameOfSession: () => string | undefined;
}

/**
 * Whether the client of a call reads the challenge in its result: one whose name or `User-Agent` has
 * one of these parts.
 *
 * @param parts in lower case
 */
export function readsChallengeInResult(
  { method, isNotification, meta }: McpMessage,
  { headers, nameOfSession }: ClientDescription,
  parts: readonly string[],
): boolean {
  if (method !== 'tools/call' || isNotification || parts.length === 0) return false;
  const info = meta?.[CLIENT_INFO_META_KEY];
  const names = [
    headers['user-agent'],
    isJsonObject(info) ? info['name'] : undefined,
    nameOfSession(),
  ];
  return names.some((name) => {
    if (typeof name !== 'string') return false;
    const text = name.toLowerCase();
    return parts.some((part) => text.includes(part));
  });
}
