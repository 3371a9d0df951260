import { createRequestStateCodec, type RequestStateCodec } from '@modelcontextprotocol/server';
import type { Backplane } from '../../backplane/backplane.js';
import { isJsonObject } from '../../request/json-object.js';
import { ownerKey } from '../../request/principal.js';
import { exchangeOf } from '../invocation/mcp-exchange.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';

/**
 * Signs the state that a call keeps for its next round. It is accepted for ten minutes at the same
 * endpoint, for the same method and the same principal, by the clock that all nodes share.
 *
 * @param path of the endpoint: several servers of one application may share a key
 */
export function createRequestStates(
  path: string,
  { requestStateKey }: Pick<ResolvedMcpOptions, 'requestStateKey'>,
  backplane: Pick<Backplane, 'keys' | 'now'>,
): RequestStateCodec {
  // The first one signs, and all of them verify.
  const keys = requestStateKey ? [requestStateKey] : backplane.keys('state of clients');
  const [first, ...others] = keys.map((key) => codecFor(path, key));
  if (!first) throw new Error('There is no key.');
  const verify: RequestStateCodec['verify'] = async (state, context) => {
    const failures: unknown[] = [];
    for (const codec of [first, ...others]) {
      try {
        return await codec.verify(state, context);
      } catch (error) {
        failures.push(error);
      }
    }
    throw failures[0];
  };
  return {
    mint: (payload, context) => first.mint({ at: backplane.now(), state: payload }, context),
    verify: async (text, context) => {
      const signed = await verify(text, context);
      if (!isJsonObject(signed) || !(backplane.now() - Number(signed['at']) < STATE_MS)) {
        throw new Error('expired');
      }
      return signed['state'];
    },
  };
}

function codecFor(path: string, key: Uint8Array): RequestStateCodec {
  return createRequestStateCodec({
    key,
    // By the clock of one node, so that it only bounds what the nodes decide together.
    ttlSeconds: (STATE_MS + SKEW_MS) / 1_000,
    bind: ({ mcpReq, http }) => {
      const owner = ownerKey(exchangeOf(http?.authInfo).principal);
      return JSON.stringify([path, mcpReq.method, owner ?? null]);
    },
  });
}

const STATE_MS = 600_000;
/** By which the clocks of two nodes may differ. */
const SKEW_MS = 3_600_000;
