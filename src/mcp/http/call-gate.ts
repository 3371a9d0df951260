import { decide } from '../../access/decide.js';
import type { Principal } from '../../access/principal.js';
import { refusalOf } from '../../access/refusal-of.js';
import type { Refusal } from '../../access/refusal.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';

/**
 * Why an HTTP request must be answered with a challenge, if it must: 401 and 403 are what makes a
 * client sign in or ask for more scopes, and HTTP status is decided before the first byte.
 *
 * What is refused for any other reason goes on and is answered inside the protocol.
 */
export function challengeFor(
  body: unknown,
  principal: Principal | undefined,
  { catalog, signIn }: { readonly catalog: McpCatalog; readonly signIn: 'call' | 'connect' },
): Refusal | undefined {
  const messages: readonly unknown[] = Array.isArray(body) ? body : [body];
  for (const message of messages) {
    const name = calledTool(message);
    const tool = name === undefined ? undefined : catalog.tool(name);
    const refusal = tool && refusalOf(decide(tool.access, principal));
    if (refusal && refusal.reason !== 'forbidden') return refusal;
    if (signIn === 'connect' && !principal && !tool && !isNotification(message)) {
      return { reason: 'unauthenticated' };
    }
  }
  return undefined;
}

function calledTool(message: unknown): string | undefined {
  if (!isObject(message) || message['method'] !== 'tools/call') return undefined;
  const { params } = message;
  const name = isObject(params) ? params['name'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

function isNotification(message: unknown): boolean {
  return isObject(message) && typeof message['method'] === 'string' && !('id' in message);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
