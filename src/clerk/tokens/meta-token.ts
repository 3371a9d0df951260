import { isJsonObject } from '../json-object.js';
import { checkToken } from './header-token.js';
import { invalidToken } from './token-refusals.js';

/**
 * Takes the tokens out of `params._meta.authorization` of a JSON-RPC message or batch. The member
 * is removed whether it is read or not, so that no log, span or tool ever sees it.
 *
 * @param read whether the tokens count; otherwise they are only removed
 * @param onRemoval runs when there was one
 * @throws {AccessRefusedError} `invalid_token` when the member is not `{ type: 'bearer', token }`
 */
export function takeMetaTokens(
  body: unknown,
  read: boolean,
  onRemoval?: () => void,
): readonly string[] {
  const messages: unknown[] = Array.isArray(body) ? body : [body];
  // Everything is removed before anything is judged.
  const members = messages.flatMap((message) => takeMember(message, onRemoval));
  return read ? members.map(readMember) : [];
}

function takeMember(message: unknown, onRemoval: (() => void) | undefined): unknown[] {
  if (!isJsonObject(message) || !('jsonrpc' in message)) return [];
  const meta = isJsonObject(message['params']) ? message['params']['_meta'] : undefined;
  if (!isJsonObject(meta) || !Object.hasOwn(meta, 'authorization')) return [];
  const { authorization } = meta;
  Reflect.deleteProperty(meta, 'authorization');
  onRemoval?.();
  const counts = message['jsonrpc'] === '2.0' && authorization !== undefined;
  return counts && authorization !== null ? [authorization] : [];
}

function readMember(authorization: unknown): string {
  if (isJsonObject(authorization)) {
    const { type = 'bearer', token } = authorization;
    const isBearer = typeof type === 'string' && type.toLowerCase() === 'bearer';
    if (isBearer && typeof token === 'string') return checkToken(token);
  }
  throw invalidToken('_meta.authorization is not of the form { type: "bearer", token }.');
}
