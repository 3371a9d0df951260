import type { Refusal } from '../../../src/access/refusal.js';
import { ClerkRefusalResponder } from '../../../src/clerk/oauth/clerk-refusal.responder.js';
import { SOURCES } from './declarations.js';
import { code, table } from './markdown.js';

/** One refusal for each reason, and what the client does. */
const REFUSALS = {
  unauthenticated: [{}, 'sign in from the challenge'],
  token_expired: [{}, 'refresh the token; if it is new, compare the clocks'],
  invalid_token: [
    { description: '…' },
    'sign in again for the URL of this server; `error_description` names the problem',
  ],
  insufficient_scope: [
    { scopes: ['notes:write'] },
    'request the scopes of the challenge ([scopes](scopes.md#step-up))',
  ],
  reverification: [
    { reverification: { level: 'second_factor', afterMinutes: 10 } },
    'the user verifies again, then the call is repeated',
  ],
  forbidden: [{ description: '…' }, 'nothing: the caller may not do this ([access](access.md))'],
  too_many_requests: [
    { retryAfter: 30 },
    'wait as long as `Retry-After` says ([limits](limits.md))',
  ],
  misconfigured: [{}, 'nothing: the operator reads the log ([doctor](doctor.md))'],
  unavailable: [{ retryAfter: 30 }, 'wait as long as `Retry-After` says'],
} as const satisfies Readonly<Record<Refusal['reason'], readonly [object, string]>>;

/** The answers to refused requests, as `ClerkAuthModule` writes them. */
export function answersOverHttp(): string {
  const resource = { metadataURL: 'https://mcp.example.com/…', names: new Map() };
  // What the responder asks for the scopes of a challenge, which the page does not show.
  const responder = new ClerkRefusalResponder(
    { ...resource, resources: new Map() } as never,
    { at: () => [] } as never,
    { advertises: () => false } as never,
  );
  const rows = Object.entries(REFUSALS).map(([reason, [details, cure]]) => {
    const { status, body, headers } = responder.answer({ reason, ...details } as Refusal);
    const names = Object.keys(headers).filter((name) =>
      /^(www-authenticate|retry-after)$/i.test(name),
    );
    return [
      String(status),
      code(String(body['error'] ?? reason)),
      names.map(code).join(', '),
      cure,
    ];
  });
  return [
    '## Refused requests',
    'A request without access is answered with a status of HTTP and this `error` in the body. What refuses before the authentication answers with 403 (`Host`, `Origin`), 404, 405, 408, 413, 415, 429 or 503, and an error of JSON-RPC.',
    table(['status', 'error', 'header', 'the client'], rows),
  ].join('\n\n');
}

/** The codes of JSON-RPC, and when they are sent. */
const JSON_RPC: Readonly<Record<string, string>> = {
  '-32700': 'The body is not JSON.',
  '-32600': 'The message is not one of JSON-RPC, or is over a [limit](limits.md#every-bound).',
  '-32601':
    'The method does not exist in the revision of the client, or the server has no such capability.',
  '-32602':
    'The entry does not exist for this caller, or parameters, arguments of a prompt, a cursor or a state are invalid. Invalid arguments of a tool are a result with `isError` instead.',
  '-32603': 'An error of the server. The log has its cause.',
  '-32000': 'The request was refused before a message was read; the status of HTTP says why.',
  '-32001':
    'The session does not exist: it has ended, or belongs to another caller. The client initializes again.',
  '-32021': 'The entry needs a capability that the client did not declare.',
  '-32022': 'The revision of the protocol is unknown.',
};

/** @throws `src` names a code that has no row */
export function answersOfJsonRpc(): string {
  const named = [...SOURCES].flatMap(([file, { text }]) =>
    file.startsWith('src/emulator/') ? [] : (text.match(/-32\d{3}\b/g) ?? []),
  );
  const missing = named.filter((one) => JSON_RPC[one] === undefined);
  if (missing.length > 0)
    throw new Error(`The page of errors does not have ${missing.join(', ')}.`);
  return ['## Codes of JSON-RPC', table(['code', 'when'], Object.entries(JSON_RPC))].join('\n\n');
}
