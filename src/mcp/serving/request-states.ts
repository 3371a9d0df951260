import { randomBytes } from 'node:crypto';
import { createRequestStateCodec, type RequestStateCodec } from '@modelcontextprotocol/server';
import { ownerKey } from './session-directory.js';
import { exchangeOf } from './exchange-auth-info.js';

/**
 * Signs what a call leaves for its next round, and takes it back only at the same endpoint, for the same
 * method and the same principal, within ten minutes.
 *
 * @param path of the endpoint: several servers of one application may share a key
 * @param key 32 bytes or more, the same on every node. Default: random, for this process alone
 */
export function createRequestStates(
  path: string,
  key: Uint8Array = randomBytes(32),
): RequestStateCodec {
  return createRequestStateCodec({
    key,
    ttlSeconds: STATE_SECONDS,
    bind: ({ mcpReq, http }) => {
      const owner = ownerKey(exchangeOf(http?.authInfo).principal);
      return JSON.stringify([path, mcpReq.method, owner ?? null]);
    },
  });
}

const STATE_SECONDS = 600;
