import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSession } from '../server/session-client.js';
import { ServedTools } from '../server/tools.js';
import { connect } from '../clients.js';
import { call, mcpApp, principal, rpc, startMcpApp, toolNames, type McpApp } from '../fixtures.js';
import { RequirePolicy } from '../../../src/access/access.decorators.js';
import { AccessPolicy } from '../../../src/access/access-policy.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { AccessControl } from '../../../src/access/access-control.js';
import { RequestAccess } from '../../../src/access/request-access.js';
import { attachPrincipal } from '../../../src/request/request-record.js';
import { challengeFor } from '../../../src/mcp/http/call-gate.js';
import { DEFAULT_MCP_LIMITS } from '../../../src/mcp/protocol/mcp-limits.js';
import { readMessages } from '../../../src/mcp/protocol/read-messages.js';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([ServedTools]);
});
afterAll(() => mcp.app.close());

describe('challengeFor', () => {
  const gate = (
    body: unknown,
    who?: ReturnType<typeof principal>,
    signIn: 'call' | 'connect' = 'call',
  ) => {
    const access = new RequestAccess(mcp.app.get(AccessControl), who, {});
    const challenge = challengeFor(readMessages(body, DEFAULT_MCP_LIMITS), access, {
      catalog: mcp.app.get(McpCatalog),
      signIn,
    });
    if (challenge instanceof Promise) throw new Error('It is known at once.');
    return challenge?.reason;
  };
  const calling = (name: unknown) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name },
  });

  it.each([
    ['a public tool', calling('hello'), undefined],
    ['a protected tool', calling('echo'), 'unauthenticated'],
    ['an unknown tool', calling('missing'), undefined],
    ['a tool by a name that is no text', calling(['echo']), undefined],
    ['a list', { jsonrpc: '2.0', id: 1, method: 'tools/list' }, undefined],
    ['a batch with a protected tool', [calling('hello'), calling('echo')], 'unauthenticated'],
    [
      'a call as a notification',
      { jsonrpc: '2.0', method: 'tools/call', params: { name: 'echo' } },
      'unauthenticated',
    ],
    ['no body', undefined, undefined],
    ['null', null, undefined],
    ['text', 'tools/call', undefined],
    ['params that are a list', { method: 'tools/call', params: ['echo'] }, undefined],
  ])('of an anonymous caller of %s', (_, body, reason) => {
    expect(gate(body)).toBe(reason);
  });

  it('asks for the scopes that a principal lacks', () => {
    expect(gate(calling('write'), principal('alice'))).toBe('insufficient_scope');
    expect(gate(calling('write'), principal('alice', 'notes:write'))).toBeUndefined();
  });

  it('leaves what no challenge can cure to the protocol', () => {
    const { scopes: _, ...session } = principal('alice');
    expect(gate(calling('write'), { ...session, tokenType: 'session_token' })).toBeUndefined();
  });

  it.each([
    ['a list', { jsonrpc: '2.0', id: 1, method: 'tools/list' }, 'unauthenticated'],
    ['initialize', { jsonrpc: '2.0', id: 1, method: 'initialize' }, 'unauthenticated'],
    ['no body', undefined, 'unauthenticated'],
    ['an unknown tool', calling('missing'), 'unauthenticated'],
    ['a public tool', calling('hello'), undefined],
    ['a notification', { jsonrpc: '2.0', method: 'notifications/initialized' }, undefined],
    [
      'a public tool beside a list',
      [calling('hello'), { id: 2, method: 'tools/list' }],
      'unauthenticated',
    ],
  ])('at once, where signIn is "connect", of %s', (_, body, reason) => {
    expect(gate(body, undefined, 'connect')).toBe(reason);
    expect(gate(body, principal('alice'), 'connect')).toBeUndefined();
  });
});

describe('access over HTTP', () => {
  it.each(['modern', 'legacy'] as const)('is challenged before the first byte: %s', async (era) => {
    const protectedCall = await rpc(
      mcp.url,
      'tools/call',
      { name: 'echo', arguments: {} },
      { era },
    );
    expect(protectedCall.status).toBe(401);
    expect(protectedCall.headers.get('www-authenticate')).toBe('Bearer');

    const params = { name: 'write', arguments: {} };
    const scoped = await rpc(mcp.url, 'tools/call', params, { era, as: 'alice' });
    expect(scoped.status).toBe(403);
    expect(scoped.headers.get('www-authenticate')).toContain('scope="notes:write"');

    const bad = await rpc(mcp.url, 'tools/call', { name: 'hello' }, { era, as: 'bad' });
    expect(bad.status, 'a bad token is refused whatever is called').toBe(401);
  });

  it('shows a caller exactly the tools that it may call', async () => {
    const { url } = await mcpApp([ServedTools], { signIn: 'call' });
    for (const as of ['', 'alice', 'alice:notes:write']) {
      const listed = await toolNames(url, as);
      for (const name of ['about', 'hello', 'write']) {
        const { status } = await call(url, name, {}, { as });
        expect(status === 200, `${as} ${name}`).toBe(listed.includes(name));
      }
    }
  });

  it('answers inside the protocol what no challenge can cure, in both eras', async () => {
    @Injectable()
    class SessionGuard implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        const { scopes: _, ...session } = principal('alice');
        const request = context.switchToHttp().getRequest();
        attachPrincipal(request, { ...session, tokenType: 'session_token' });
        return true;
      }
    }
    const { url } = await mcpApp([ServedTools, SessionGuard], { guards: [SessionGuard] });
    for (const era of ['modern', 'legacy'] as const) {
      const { status, result, text } = await call(url, 'write', {}, { era });
      expect({ status, isError: result?.isError }).toEqual({ status: 200, isError: true });
      expect(text).toContain('carries no OAuth scopes, and this needs: notes:write.');
    }
    expect(await toolNames(url)).not.toContain('write');
  });

  it.each(['modern', 'legacy'] as const)(
    'keeps the failure of a policy to its own entry: %s',
    async (era) => {
      @Injectable()
      class Broken extends AccessPolicy {
        override allows(): boolean {
          throw new Error('secret of the database');
        }
      }
      @Injectable()
      class Risky {
        @RequirePolicy(Broken)
        @McpTool({ description: 'Behind a policy that fails' })
        risky() {
          return 'reached';
        }
      }
      const { url, log } = await mcpApp([ServedTools, Broken, Risky]);
      const listed = await rpc(url, 'tools/list', {}, { era, as: 'alice' });
      expect(listed.status).toBe(200);
      const { result } = (await listed.json()) as { result: { tools: { name: string }[] } };
      const names = result.tools.map(({ name }) => name);
      expect(names).toContain('hello');
      expect(names).not.toContain('risky');
      const { status, result: refused, text } = await call(url, 'risky', {}, { era });
      expect({ status, isError: refused?.isError }).toEqual({ status: 200, isError: true });
      expect(text).toBe(
        'Whether you may use this could not be decided: a policy of this server failed. Try again in 5 seconds.',
      );
      expect((await call(url, 'hello', {}, { era })).text).toBe('hello user_alice');
      expect(log.errorsWith('Broken failed')).toHaveLength(1);
    },
  );

  it('asks clients to sign in while they connect, where signIn is "connect"', async () => {
    const { url } = await mcpApp([ServedTools], { signIn: 'connect' });
    expect((await rpc(url, 'server/discover')).status).toBe(401);
    expect((await rpc(url, 'tools/list', {}, { era: 'legacy' })).status).toBe(401);
    expect((await fetch(url)).status).toBe(401);
    expect((await openSession(url)).id).toBe('');
    expect((await call(url, 'hello', {}, { as: '' })).text).toBe('hello stranger');
    await expect(connect('v1', url)).rejects.toThrow();
    expect((await (await connect('v2 auto', url, 'alice')).listTools()).tools).not.toEqual([]);
  });
});
