import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADAPTERS } from '../support/adapters.js';
import { ADA, GRACE, ORGANIZATION, startExplorerApp, type ExplorerApp } from './explorer-app.js';

describe.each(ADAPTERS)('who may call what, on %s', (adapter) => {
  let explorer: ExplorerApp;
  const tokens: Record<string, string> = {};
  beforeAll(async () => {
    explorer = await startExplorerApp({ adapter, mcp: { signIn: 'call' } });
    const mint = async (wanted: object) =>
      ((await (await explorer.ask('mint', wanted)).json()) as { token: string }).token;
    const organization = ORGANIZATION;
    const scopes = ['profile', 'user:org:read'];
    tokens['ada'] = await mint({ kind: 'oauth_jwt', user: ADA, organization, scopes });
    tokens['writer'] = await mint({
      kind: 'oauth_opaque',
      user: GRACE,
      organization,
      scopes: [...scopes, 'ledger:write'],
    });
    tokens['session'] = await mint({ kind: 'session_token', user: ADA, organization });
    tokens['key'] = await mint({ kind: 'api_key', user: ADA, scopes: ['ledger:write'] });
    tokens['machine'] = await mint({ kind: 'm2m_token' });
    tokens['expired'] = await mint({ kind: 'oauth_jwt', user: ADA, state: 'expired' });
    tokens['revoked'] = await mint({ kind: 'oauth_opaque', user: ADA, state: 'revoked' });
  });
  afterAll(() => explorer.stop());

  const matrixOf = async (callers: readonly object[]) =>
    (await (await explorer.ask('access', { callers })).json()) as any;

  it('decides as the calls are decided', async () => {
    const callers = [
      { id: 'anonymous' },
      ...Object.entries(tokens).map(([id, token]) => ({ id, token })),
    ];
    const matrix = await matrixOf(callers);
    const tools = matrix.entries.filter(({ kind }: any) => kind === 'tool');
    expect(tools).toHaveLength(7);
    for (const { id, cells } of matrix.callers) {
      for (const { key, rule } of tools) {
        const { allowed, refusal } = cells[rule];
        const outcome = allowed ? 200 : (refusal.answer?.status ?? 'result');
        expect([id, key, outcome]).toEqual([id, key, await outcomeOf(key, tokens[id])]);
      }
    }
    // What is expected differs, so that the comparison above says something.
    const outcomes = new Set(
      matrix.callers.flatMap(({ cells }: any) =>
        cells.map(({ refusal }: any) => refusal?.answer?.status ?? refusal?.reason ?? 200),
      ),
    );
    expect(outcomes).toEqual(new Set([200, 401, 403, 'forbidden']));
  });

  it('says why, condition by condition, and what the client is told', async () => {
    const matrix = await matrixOf([{ id: 'ada', token: tokens['ada'] }]);
    const { rule } = matrix.entries.find(({ key }: any) => key === 'share');
    expect(matrix.rules[rule].short).toBe('ledger:write, in an organization, may ledger:share');
    expect(matrix.callers[0].cells[rule]).toMatchObject({
      allowed: false,
      conditions: [
        { condition: 'the scope ledger:write', holds: false },
        { condition: 'an organization', holds: true },
        { condition: 'the permission org:ledger:share', holds: false },
      ],
    });
    const write = matrix.entries.find(({ key }: any) => key === 'write');
    expect(matrix.callers[0].cells[write.rule].refusal).toMatchObject({
      reason: 'insufficient_scope',
      answer: {
        status: 403,
        headers: { 'WWW-Authenticate': expect.stringContaining('scope="') },
      },
    });
  });

  it('decides for a caller that somebody makes up, without asking Clerk for it', async () => {
    const organization = { id: 'org_x', role: 'org:admin', permissions: ['org:ledger:share'] };
    const stated = { tokenType: 'oauth_token', scopes: ['ledger:write'], organization };
    const matrix = await matrixOf([{ id: 'made up', stated }]);
    const allowed = (name: string): boolean => {
      const { rule } = matrix.entries.find(({ key }: any) => key === name);
      return matrix.callers[0].cells[rule].allowed;
    };
    expect(['share', 'close', 'write', 'purge', 'audit'].map(allowed)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('names nothing of a token, and no claims', async () => {
    const text = JSON.stringify(await matrixOf([{ id: 'ada', token: tokens['ada'] }]));
    expect(text).not.toContain(tokens['ada']);
    expect(text).not.toContain('"claims"');
    expect(text).toContain('"expiresAt"');
  });

  it.each([
    { callers: 'x' },
    { callers: [{ id: 'a', stated: { tokenType: 'none' } }] },
    { callers: [{ id: 'a', stated: { tokenType: 'oauth_token', expiresAt: 1 } }] },
    { callers: Array.from({ length: 21 }, (_, id) => ({ id: String(id) })) },
  ])('refuses what is no question: %j', async (body) => {
    expect((await explorer.ask('access', body)).status).toBe(400);
  });

  it('knows no server at another path', async () => {
    expect((await explorer.ask('access', { path: 'none', callers: [] })).status).toBe(404);
  });

  /** What a call of a tool really comes to: an HTTP status, or a refusal in its result. */
  async function outcomeOf(name: string, token: string | undefined): Promise<unknown> {
    const response = await fetch(`${explorer.origin}/mcp`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2026-07-28',
        'mcp-method': 'tools/call',
        'mcp-name': name,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: {
          name,
          arguments: { note: 'x' },
          _meta: {
            'io.modelcontextprotocol/protocolVersion': '2026-07-28',
            'io.modelcontextprotocol/clientCapabilities': {},
          },
        },
      }),
    });
    const body = (await response.json()) as any;
    if (response.status !== 200) return response.status;
    return body.error || body.result.isError ? 'result' : 200;
  }
});
