import { PUBLIC, type AccessRule } from '../../access/access-rule.js';
import { decide } from '../../access/decide.js';
import type { Principal } from '../../access/principal.js';
import { refusalOf } from '../../access/refusal-of.js';
import type { Refusal } from '../../access/refusal.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { isJsonObject } from '../json-object.js';

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
    const rules = isJsonObject(message) ? rulesFor(message, catalog) : [];
    for (const rule of rules) {
      const refusal = refusalOf(decide(rule, principal));
      // The SDK answers a listener by itself, so that nothing behind this would refuse one.
      const isListener = isJsonObject(message) && message['method'] === 'subscriptions/listen';
      if (refusal && (refusal.reason !== 'forbidden' || isListener)) return refusal;
    }
    if (signIn === 'connect' && !principal && rules.length === 0 && !isNotification(message)) {
      return { reason: 'unauthenticated' };
    }
  }
  return undefined;
}

/** The rules of the entries that a message uses; none for a message that uses no known entry. */
function rulesFor(message: Record<string, unknown>, catalog: McpCatalog): readonly AccessRule[] {
  const { method } = message;
  const params = isJsonObject(message['params']) ? message['params'] : {};
  const name = text(params['name']);
  const uri = text(params['uri']);
  switch (method) {
    case 'tools/call':
      return ruleOf(catalog.tools.get(name));
    case 'prompts/get':
      return ruleOf(catalog.prompts.get(name));
    case 'resources/read':
    case 'resources/subscribe':
      return ruleOf(catalog.resourceAt(uri)?.entry);
    case 'subscriptions/listen':
      return watchedUris(params).flatMap((watched) => ruleOf(catalog.resourceAt(watched)?.entry));
    case 'tasks/get':
    case 'tasks/update':
    case 'tasks/cancel':
      // A task belongs to somebody, and is unknown to everybody else: nothing to sign in for.
      return [PUBLIC];
    default:
      return [];
  }
}

function ruleOf(entry: { readonly access: AccessRule } | undefined): readonly AccessRule[] {
  return entry ? [entry.access] : [];
}

function watchedUris({ notifications }: Record<string, unknown>): readonly string[] {
  const uris = isJsonObject(notifications) ? notifications['resourceSubscriptions'] : undefined;
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [];
}

function isNotification(message: unknown): boolean {
  return isJsonObject(message) && typeof message['method'] === 'string' && !('id' in message);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
