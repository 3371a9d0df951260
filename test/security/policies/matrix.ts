import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClerkApp } from '../../support/clerk-app.js';
import {
  openSession,
  send,
  type Answer,
  type Era,
  type SendOptions,
} from '../../support/mcp-request.js';
import type { TestService } from '../../support/service.js';
import { CALLERS, type Caller } from './callers.js';
import { OnlyAda, POLICIES, entriesUnder } from './entries.js';

/** Every caller under every policy, in one era: a spec of its own for each, so that they share the cores. */
export function describeMatrix(era: Era): void {
  /** One host answers directly what it can, the other nothing. */
  let hosts: { readonly direct: TestService; readonly sdk: TestService };
  beforeAll(async () => {
    const start = (fastPath: boolean) =>
      startClerkApp([entriesUnder(POLICIES), OnlyAda], {
        clerk: {
          acceptedTokens: ['oauth_token', 'session_token', 'api_key', 'm2m_token'],
          scopeHierarchy: { 'notes:write': ['notes:read'] },
        },
        mcp: { fastPath },
      });
    const [direct, sdk] = await Promise.all([start(true), start(false)]);
    hosts = { direct, sdk };
  });
  afterAll(() => Promise.all([hosts.direct.stop(), hosts.sdk.stop()]));

  describe(`In the ${era} era`, () => {
    describe.each(CALLERS)('$name', (caller) => {
      it.each(KINDS)('finds in $list what it may use, and nothing else', async (kind) => {
        const [direct, sdk] = await Promise.all([
          signIn(hosts.direct, caller, era),
          signIn(hosts.sdk, caller, era),
        ]);
        const [listed, listedBySdk] = await Promise.all([
          listedBy(kind, direct),
          listedBy(kind, sdk),
        ]);
        expect(listedBySdk).toEqual(listed);
        const usable: string[] = [];
        for (const { name } of POLICIES) {
          const [answer, other] = await Promise.all([
            use(kind, name, direct),
            use(kind, name, sdk),
          ]);
          expect(whatMatters(other, hosts.sdk)).toEqual(whatMatters(answer, hosts.direct));
          expectClear(answer);
          if (isDone(answer)) usable.push(name);
        }
        const expected = POLICIES.filter(({ lets }) => lets(caller)).map(({ name }) => name);
        expect(usable.toSorted()).toEqual(expected.toSorted());
        expect(listed.toSorted()).toEqual(expected.toSorted());
      });
    });
  });
}

/** How each kind of entry is listed and used. */
const KINDS = [
  { list: 'tools/list', use: 'tools/call', key: 'name', at: (name: string) => name },
  { list: 'prompts/list', use: 'prompts/get', key: 'name', at: (name: string) => name },
  {
    list: 'resources/list',
    use: 'resources/read',
    key: 'uri',
    at: (name: string) => `data://${name}`,
  },
  {
    list: 'resources/templates/list',
    use: 'resources/read',
    key: 'uriTemplate',
    at: (name: string) => `item://${name}/7`,
  },
] as const;
type Kind = (typeof KINDS)[number];

interface Client {
  readonly url: string;
  readonly options: SendOptions;
}

async function signIn({ url, ...host }: TestService, caller: Caller, era: Era): Promise<Client> {
  const token = (await caller.token({ url, ...host })) || undefined;
  const options: SendOptions = { era, token };
  if (era === 'modern') return { url, options };
  return { url, options: { ...options, session: await openSession(url, { token }) } };
}

async function listedBy({ list, key }: Kind, { url, options }: Client) {
  const { body, text } = await send(url, list, {}, options);
  const members = Object.values(body.result ?? {}).find(Array.isArray);
  if (!members) throw new Error(text);
  return members.map((entry: Record<string, string>) =>
    (entry[key] ?? '').replace(/^(data|item):\/\//, '').replace('/{id}', ''),
  );
}

function use({ use: method, at }: Kind, name: string, { url, options }: Client) {
  const target = at(name);
  return method === 'resources/read'
    ? send(url, method, { uri: target }, { ...options, headers: named(target, options) })
    : send(url, method, { name: target, arguments: {} }, options);
}

/** What a client acts on. On a session the SDK wraps its answer in a stream, and ports differ. */
function whatMatters({ status, headers, body, text }: Answer, { baseURL }: TestService) {
  const challenge = headers.get('www-authenticate')?.replaceAll(baseURL, 'BASE') ?? null;
  return { status, challenge, body: 'jsonrpc' in body ? body : text.replaceAll(baseURL, 'BASE') };
}

const named = (uri: string, { era }: SendOptions): Record<string, string> =>
  era === 'modern' ? { 'mcp-name': uri } : {};

function isDone({ status, body, text }: Answer): boolean {
  return status === 200 && !body.error && !body.result?.isError && text.includes('done');
}

/** Whatever is refused is refused by a status that a client can act on, or inside the protocol. */
function expectClear(answer: Answer): void {
  expect([200, 401, 403], answer.text).toContain(answer.status);
  if (answer.status === 200) return;
  expect(answer.headers.get('www-authenticate')).toContain('resource_metadata="http');
}
