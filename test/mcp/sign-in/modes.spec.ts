import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdapter } from '../../support/adapters.js';
import { answerOf } from '../answer.js';
import { rpc, startMcpApp, type McpApp, type McpAppOptions } from '../fixtures.js';
import { openSession } from '../server/session-client.js';
import { ClosedEntries, KEYS, LISTS, OpenEntries } from './mixed-entries.js';

type Mode = 'connect' | 'offer' | 'call' | 'none';
type Era = 'modern' | 'legacy';
type ListName = keyof typeof LISTS;

/** Each way to get a mode: by the option, and by the entries alone. */
const SERVERS: readonly (readonly [Mode, McpAppOptions, readonly unknown[]])[] = [
  ['connect', { signIn: 'connect' }, [OpenEntries, ClosedEntries]],
  ['connect', {}, [ClosedEntries]],
  ['connect', { signIn: 'connect' }, [OpenEntries]],
  ['offer', { signIn: 'offer' }, [OpenEntries, ClosedEntries]],
  ['offer', {}, [OpenEntries, ClosedEntries]],
  ['offer', { signIn: 'offer' }, [ClosedEntries]],
  ['call', { signIn: 'call' }, [OpenEntries, ClosedEntries]],
  ['call', { signIn: 'call' }, [ClosedEntries]],
  ['none', { signIn: 'auto' }, [OpenEntries]],
];
/** The adapter matters for the edge alone, and so not for each way to get a mode. */
const PATHS = [
  ['fastify, fast path', true, 'fastify', SERVERS],
  ['fastify, SDK', false, 'fastify', SERVERS],
  [
    'express',
    true,
    'express',
    SERVERS.filter(([, { signIn }, { length }]) => signIn && length > 1),
  ],
] as const;
const ERAS = ['modern', 'legacy'] as const;

/** A request of each kind, and the entry that it uses if there is one. */
interface Kind {
  readonly what: string;
  readonly era?: Era;
  readonly uses?: 'open' | 'closed';
  readonly send: (url: string, era: Era, as?: string) => Promise<Response>;
}

const request =
  (method: string, params: Record<string, unknown> = {}) =>
  (url: string, era: Era, as?: string) =>
    rpc(url, method, params, { era, as });

const http = (method: string) => (url: string, _era: Era, as?: string) =>
  fetch(url, {
    method,
    headers: {
      accept: 'text/event-stream',
      ...(as !== undefined && { authorization: `Bearer ${as}` }),
    },
  });

const INITIALIZE = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'raw', version: '1' },
};
const completion = (prompt: string) => ({
  ref: { type: 'ref/prompt', name: prompt },
  argument: { name: 'word', value: '' },
});
const listen = (...resourceSubscriptions: string[]) => ({
  notifications: { toolsListChanged: true, resourceSubscriptions },
});

const GENERAL: readonly Kind[] = [
  { what: 'initialize', era: 'legacy', send: request('initialize', INITIALIZE) },
  { what: 'server/discover', era: 'modern', send: request('server/discover') },
  { what: 'ping', era: 'legacy', send: request('ping') },
  ...Object.values(LISTS).map((method) => ({ what: method, send: request(method) })),
  { what: 'a call of an unknown tool', send: request('tools/call', { name: 'nothing' }) },
  { what: 'a read of nothing', send: request('resources/read', { uri: 'info://nothing' }) },
  { what: 'an unknown method', send: request('made/up') },
  {
    what: 'a subscription without entries',
    era: 'modern',
    send: request('subscriptions/listen', listen()),
  },
  {
    what: 'a completion of an unknown prompt',
    send: request('completion/complete', completion('nothing')),
  },
  { what: 'GET', send: http('GET') },
  { what: 'HEAD', send: http('HEAD') },
  { what: 'DELETE', send: http('DELETE') },
];

const USES: readonly Kind[] = (['open', 'closed'] as const).flatMap((uses) => [
  { what: `a call, ${uses}`, uses, send: request('tools/call', { name: uses }) },
  { what: `a read, ${uses}`, uses, send: request('resources/read', { uri: `info://${uses}` }) },
  {
    what: `a read by template, ${uses}`,
    uses,
    send: request('resources/read', { uri: `info://${uses}/x` }),
  },
  { what: `a prompt, ${uses}`, uses, send: request('prompts/get', { name: `${uses}Prompt` }) },
  {
    what: `a subscription of a resource, ${uses}`,
    era: 'modern' as const,
    uses,
    send: request('subscriptions/listen', listen(`info://${uses}`)),
  },
]);

const COMPLETIONS: readonly Kind[] = (['open', 'closed'] as const).map((uses) => ({
  what: `a completion, ${uses}`,
  uses,
  send: request('completion/complete', completion(`${uses}Prompt`)),
}));

const kindsOf = (era: Era, kinds: readonly Kind[]) =>
  kinds.filter((kind) => kind.era === undefined || kind.era === era);

/** The answer, without waiting for the end of a stream. */
async function statusOf(response: Response): Promise<number> {
  await response.body?.cancel();
  return response.status;
}

describe.each(PATHS)('Over %s', (_path, fastPath, adapter, servers) => {
  describe.each(servers)('the sign-in mode %s (%j)', (mode, options, entries) => {
    let mcp: McpApp;
    beforeAll(async () => {
      mcp = await startMcpApp([...entries], {
        ...options,
        fastPath,
        adapter: createAdapter(adapter),
      });
    });
    afterAll(() => mcp.app.close());
    const has = { open: entries.includes(OpenEntries), closed: entries.includes(ClosedEntries) };

    describe.each(ERAS)('in the %s era', (era) => {
      it.each(kindsOf(era, GENERAL).map((kind) => [kind.what, kind] as const))(
        'asks an anonymous caller to sign in where it must, and nobody else: %s',
        async (_what, { send }) => {
          expect(await statusOf(await send(mcp.url, era, 'alice'))).not.toBe(401);
          const response = await send(mcp.url, era);
          const { headers } = response;
          const status = await statusOf(response);
          if (mode === 'connect') {
            expect(status).toBe(401);
            expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
          } else {
            expect(status).not.toBe(401);
            expect(headers.get('www-authenticate')).toBeNull();
          }
        },
      );

      it.each(
        kindsOf(era, USES)
          .filter(({ uses }) => uses && has[uses])
          .map((kind) => [kind.what, kind] as const),
      )('decides by the entry alone: %s', async (_what, { send, uses }) => {
        expect(await statusOf(await send(mcp.url, era))).toBe(uses === 'open' ? 200 : 401);
        expect(await statusOf(await send(mcp.url, era, 'alice'))).toBe(200);
      });

      it.each(
        COMPLETIONS.filter(({ uses }) => uses && has[uses]).map(
          (kind) => [kind.what, kind] as const,
        ),
      )('completes for whoever may use the prompt: %s', async (_what, { send, uses }) => {
        const answer = await send(mcp.url, era);
        const isAsked = mode === 'connect' && uses === 'closed';
        expect(answer.status).toBe(isAsked ? 401 : 200);
        const values = (await answerOf(answer)).result?.completion?.values;
        expect(values).toEqual(uses === 'open' ? ['open'] : undefined);
      });

      it('takes notifications of anybody', async () => {
        const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' });
        const headers = {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        };
        expect(await statusOf(await fetch(mcp.url, { method: 'POST', headers, body }))).not.toBe(
          401,
        );
      });

      it.each(Object.keys(LISTS) as ListName[])('lists to whom it may: %s', async (list) => {
        const expected = expectedKeys(mode, has, list);
        for (const as of [undefined, 'alice', undefined] as const) {
          if (as === undefined && mode === 'connect') continue;
          const listed = await listOf(mcp.url, list, era, as);
          expect(keysOf(list, listed)).toEqual(as ? expected.alice : expected.nobody);
        }
      });

      it('says per tool how to sign in where it offers that', async () => {
        for (const as of mode === 'connect'
          ? ['alice']
          : [undefined, 'alice', 'alice:notes:write']) {
          for (const tool of await listOf(mcp.url, 'tools', era, as)) {
            const schemes = mode === 'offer' ? SCHEMES[tool.name] : undefined;
            expect(tool.securitySchemes, tool.name).toEqual(schemes);
            expect(tool._meta?.securitySchemes, tool.name).toEqual(schemes);
            expect(tool._meta?.own).toBe(tool.name === 'scoped' ? true : undefined);
          }
        }
      });
    });

    if (mode === 'connect') {
      it('opens no session before the sign-in', async () => {
        expect((await openSession(mcp.url)).id).toBe('');
        expect((await openSession(mcp.url, 'alice')).id).not.toBe('');
      });
    }
  });
});

/** No facts of an authentication module: no published scopes. */
const SCHEMES: Readonly<Record<string, unknown>> = {
  open: [{ type: 'noauth' }],
  closed: [{ type: 'oauth2', scopes: [] }],
  discreet: [{ type: 'oauth2', scopes: [] }],
  ruled: [{ type: 'oauth2', scopes: [] }],
  scoped: [{ type: 'oauth2', scopes: ['notes:write'] }],
};

function expectedKeys(
  mode: Mode,
  has: Readonly<Record<'open' | 'closed', boolean>>,
  list: ListName,
) {
  const open = has.open ? KEYS.open[list] : [];
  const offered = has.closed ? KEYS.offered[list] : [];
  const discreet = has.closed ? KEYS.discreet[list] : [];
  const beyond: readonly string[] = KEYS.beyondAlice[list];
  const alice = [...open, ...offered, ...discreet].filter((key) => !beyond.includes(key));
  const nobody = mode === 'offer' ? [...open, ...offered] : open;
  return { alice: alice.toSorted(), nobody: nobody.toSorted() };
}

async function listOf(url: string, list: ListName, era: Era, as?: string): Promise<any[]> {
  const response = await rpc(url, LISTS[list], {}, { era, as });
  // A server without an entry of a kind does not have the list.
  return (await answerOf(response)).result?.[list] ?? [];
}

function keysOf(list: ListName, listed: readonly any[]): readonly string[] {
  const member = {
    tools: 'name',
    prompts: 'name',
    resources: 'uri',
    resourceTemplates: 'uriTemplate',
  };
  return listed.map((one) => one[member[list]]).toSorted();
}
