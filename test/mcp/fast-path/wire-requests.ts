import * as fc from 'fast-check';
import { MODERN } from '../fixtures.js';
import type { WireRequest } from './both-paths.js';

/** How a client may speak: 2026-07-28, or a revision before it with or without a session. */
export type Wire = 'modern' | 'legacy' | 'session';
export const WIRES: readonly Wire[] = ['modern', 'legacy', 'session'];

/** A message before it is written down. */
export interface Draft {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A good request of a client. */
export function draft(
  wire: Wire,
  method: string,
  params: Readonly<Record<string, unknown>> = {},
  { as = 'alice', id = 1 as string | number } = {},
): Draft {
  const modern = wire === 'modern';
  const name = params['name'] ?? params['uri'];
  return {
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(as !== '' && { authorization: `Bearer ${as}` }),
      ...(modern && { 'mcp-protocol-version': MODERN, 'mcp-method': method }),
      ...(modern && typeof name === 'string' && { 'mcp-name': name }),
      ...(wire === 'session' && {
        'mcp-session-id': 'SESSION',
        'mcp-protocol-version': '2025-11-25',
      }),
    },
    body: { jsonrpc: '2.0', id, method, params: modern ? { ...params, _meta: ENVELOPE } : params },
  };
}

export function write({ headers, body }: Draft): WireRequest {
  return { headers, body: JSON.stringify(body) };
}

/** What opens a session. */
export const INITIALIZE: WireRequest = write(
  draft('legacy', 'initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1.0.0' },
  }),
);

/** A good request in which one or two things are not as they should be. */
export function mutated(drafts: readonly Draft[]): fc.Arbitrary<WireRequest> {
  return fc
    .tuple(fc.constantFrom(...drafts), fc.array(mutation, { minLength: 1, maxLength: 2 }))
    .map(([first, mutations]) => write(mutations.reduce((made, mutate) => mutate(made), first)));
}

type Mutation = (draft: Draft) => Draft;

const ENVELOPE = {
  'io.modelcontextprotocol/protocolVersion': MODERN,
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
};

const ODDITIES: readonly (readonly unknown[])[] = [
  [null, true, false, 0, -1, 1.5, 1e21, '', ' ', 'x', 'é', '\u2028', 2 ** 53, -0],
  [
    'tools/call',
    'tools/list',
    'prompts/get',
    'resources/read',
    'ping',
    'server/discover',
    'completion/complete',
    'notifications/initialized',
    'hello',
  ],
  ['2026-07-28', '2025-11-25', '2024-11-05', '1.0', '2.0', '=?base64?aGVsbG8=?='],
  [[], {}, [[]], { form: {} }, { listChanged: 'x' }, { name: 1 }, { constructor: 1 }],
];
const ODD: readonly unknown[] = ODDITIES.flat();
const KEYS = [
  ['jsonrpc', 'id', 'method', 'params', 'name', 'arguments', '_meta', 'cursor', 'more', 'uri'],
  ['task', 'inputResponses', 'requestState', 'progressToken', 'traceparent', 'constructor'],
  ['code', '__proto__', 'ref', 'argument', 'context', 'type', 'value', 'title'],
  ['io.modelcontextprotocol/logLevel', 'io.modelcontextprotocol/related-task'],
  Object.keys(ENVELOPE),
].flat();
const HEADERS: Readonly<Record<string, readonly string[]>> = {
  'content-type': ['application/json; charset=utf-8', 'APPLICATION/JSON', 'text/plain', ''],
  accept: ['*/*', 'application/json', 'text/event-stream', 'text/html', 'application/*', ''],
  authorization: ['Bearer bad', 'Bearer bob', 'Bearer alice:notes:write', 'Basic x'],
  'mcp-protocol-version': ['2026-07-28', '2025-11-25', '2025-06-18', '2024-11-05', '1', ''],
  'mcp-method': ['tools/call', 'tools/list', 'prompts/get', 'resources/read', 'ping', ''],
  'mcp-name': ['hello', 'HELLO', '=?base64?aGVsbG8=?=', '=?base64?!?=', 'hello, hello', ''],
  'mcp-session-id': ['SESSION', 'SESSIONx', 'unknown', ''],
  'mcp-param-region': ['eu'],
};

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.constantFrom(...ODD)).map(
    ([at, value]): Mutation =>
      (made) =>
        inBody(made, at, (holder, key) => Object.assign(holder, { [key]: value })),
  ),
  fc.nat().map(
    (at): Mutation =>
      (made) =>
        inBody(made, at, (holder, key) => Reflect.deleteProperty(holder, key)),
  ),
  fc.tuple(fc.nat(), fc.constantFrom(...KEYS), fc.constantFrom(...ODD)).map(
    ([at, key, value]): Mutation =>
      (made) =>
        inBody(made, at, (holder) => Object.assign(holder, { [key]: value })),
  ),
  fc
    .constantFrom(...Object.keys(HEADERS))
    .chain((name) =>
      fc.tuple(fc.constant(name), fc.constantFrom(undefined, ...(HEADERS[name] ?? []))),
    )
    .map(([name, value]): Mutation => ({ headers, body }) => {
      const { [name]: _old, ...others } = headers;
      return { headers: value === undefined ? others : { ...others, [name]: value }, body };
    }),
);

/** Changes the member of a copy of the body that a number picks. */
function inBody(
  { headers, body }: Draft,
  at: number,
  change: (holder: object, key: string) => unknown,
): Draft {
  const copy = structuredClone(body);
  const members = membersOf(copy);
  const member = members[at % members.length];
  if (member) change(member.holder, member.key);
  return { headers, body: copy };
}

function membersOf(holder: object): { readonly holder: object; readonly key: string }[] {
  return Object.entries(holder).flatMap(([key, value]) => [
    { holder, key },
    ...(typeof value === 'object' && value !== null ? membersOf(value) : []),
  ]);
}
