import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClerkApp } from '../../support/clerk-app.js';
import {
  ERAS,
  openSession,
  send,
  type Answer,
  type SendOptions,
} from '../../support/mcp-request.js';
import type { TestService } from '../../support/service.js';
import { CALLERS } from './callers.js';
import { OnlyAda, POLICIES, entriesUnder } from './entries.js';

let service: TestService;
beforeAll(async () => {
  service = await startClerkApp([entriesUnder(POLICIES), OnlyAda], {
    clerk: {
      acceptedTokens: ['oauth_token', 'session_token', 'api_key', 'm2m_token'],
      scopeHierarchy: { 'notes:write': ['notes:read'] },
    },
  });
});
afterAll(() => service.stop());

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

describe.each(ERAS)('In the %s era', (era) => {
  describe.each(CALLERS)('$name', (caller) => {
    it.each(KINDS)('finds in $list what it may use, and nothing else', async (kind) => {
      const options = await optionsOf(caller.token(service), era);
      const listed = await listedBy(kind, options);
      const usable: string[] = [];
      for (const { name } of POLICIES) {
        const answer = await use(kind, name, options);
        expectClear(answer);
        if (isDone(answer)) usable.push(name);
      }
      const expected = POLICIES.filter(({ lets }) => lets(caller)).map(({ name }) => name);
      expect(usable.toSorted()).toEqual(expected.toSorted());
      expect(listed.toSorted()).toEqual(expected.toSorted());
    });
  });
});

async function optionsOf(token: Promise<string> | string, era: 'modern' | 'legacy') {
  const credential = (await token) || undefined;
  const options: SendOptions = { era, token: credential };
  if (era === 'modern') return options;
  return { ...options, session: await openSession(service.url, { token: credential }) };
}

async function listedBy({ list, key }: (typeof KINDS)[number], options: SendOptions) {
  const { body, text } = await send(service.url, list, {}, options);
  const members = Object.values(body.result ?? {}).find(Array.isArray);
  if (!members) throw new Error(text);
  return members.map((entry: Record<string, string>) =>
    (entry[key] ?? '').replace(/^(data|item):\/\//, '').replace('/{id}', ''),
  );
}

function use({ use: method, at }: (typeof KINDS)[number], name: string, options: SendOptions) {
  const target = at(name);
  return method === 'resources/read'
    ? send(service.url, method, { uri: target }, { ...options, headers: named(target, options) })
    : send(service.url, method, { name: target, arguments: {} }, options);
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
