import { settle, type MaybePromise } from '../../request/value-or-promise.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import { sendJson } from '../server/node-response.js';
import type { NodeHttp } from '../server/sdk-exchange.js';
import type { SdkPath } from '../server/sdk-path.js';
import { refuseUnavailable } from '../server/sessions-unavailable.js';
import { initializeRequestIn } from '../server/session-server.js';
import type { AnswerJson } from './answer-json.js';
import { LEGACY, type FastRequest } from './fast-request.js';

/**
 * Opens sessions without the SDK, whose server a session gets with the first request that needs it.
 *
 * @returns a function that answers; `undefined` where the SDK must answer: the revision is not served, the
 *   request has a session already, or the limit of sessions is reached
 */
export function acceptInitialize(
  { id, message }: FastRequest,
  { request, response }: NodeHttp,
  { exchange, sdk, json }: { exchange: McpExchange; sdk: SdkPath; json: AnswerJson },
): (() => MaybePromise<void>) | undefined {
  if (request.headers['mcp-session-id'] !== undefined) return undefined;
  const opening = initializeRequestIn(message.json);
  const revision = opening?.params.protocolVersion;
  if (!opening || revision === undefined || !LEGACY.has(revision)) return undefined;
  if (!sdk.legacy.makeRoom()) return undefined;
  return () => {
    if (!sdk.unread.hasRoomFor(response)) return undefined;
    return settle(
      () => sdk.legacy.open(exchange, opening),
      (error) => refuseUnavailable(error, response),
      (session) => {
        const text = json.write('legacy', id, sdk.greeting.membersFor(revision));
        exchange.observer?.answered(id, { kind: 'result' });
        sendJson(response, text, { headers: { 'mcp-session-id': session.id } });
        sdk.unread.track(response);
      },
    );
  };
}
