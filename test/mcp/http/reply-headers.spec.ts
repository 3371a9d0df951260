import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe, expect, it } from 'vitest';
import { ADAPTER } from '../../support/adapters.js';
import { mcpApp, rpc, type McpAppOptions } from '../fixtures.js';
import { openSession, type RawSession } from '../server/session-client.js';
import { ServedTools } from '../server/tools.js';

/** Sets headers before the endpoint, as rate limits, CORS and request ids do. */
function withHeaders(): McpAppOptions {
  if (ADAPTER === 'express') {
    return {
      configure: (app) =>
        app.use((_request: unknown, response: Headed, next: () => void) => {
          setAll(response);
          next();
        }),
    };
  }
  const adapter = new FastifyAdapter();
  adapter.getInstance().addHook('onRequest', async (_request, reply) => setAll(reply));
  return { adapter };
}

interface Headed {
  setHeader?(name: string, value: string | string[]): unknown;
  header(name: string, value: string | string[]): unknown;
}

function setAll(reply: Headed): void {
  const set = (reply.setHeader ?? reply.header).bind(reply);
  set('X-Request-Id', 'r-1');
  set('Vary', 'X-Tenant');
  set('Set-Cookie', ['a=1', 'b=2']);
}

const call = (name: string, args: object = {}) => ({ name, arguments: args });

const EXCHANGES: readonly [
  what: string,
  (url: string, session: RawSession) => Promise<Response>,
][] = [
  ['the result of a tool', (url) => rpc(url, 'tools/call', call('hello'))],
  ['a failing tool', (url) => rpc(url, 'tools/call', call('echo', {}), AS)],
  ['a tool that does not exist', (url) => rpc(url, 'tools/call', call('nothing'))],
  ['a method that does not exist', (url) => rpc(url, 'no/method')],
  ['a list', (url) => rpc(url, 'tools/list')],
  ['the discovery', (url) => rpc(url, 'server/discover')],
  ['a request of a client without a session', (url) => rpc(url, 'ping', {}, { era: 'legacy' })],
  ['a refusal', (url) => rpc(url, 'tools/call', call('write'), { as: 'bad' })],
  ['a stream of 2026-07-28', (url) => rpc(url, 'tools/call', STEPS, AS)],
  ['an opened session', (url) => rpc(url, 'initialize', GREETING, { era: 'legacy' })],
  ['a call of a session', (_url, session) => session.call('hello', {}, 'alice')],
  ['a call that the SDK takes over', (_url, session) => session.call('steps', {}, 'alice')],
  ['a page for people', (url) => fetch(url, { headers: { accept: 'text/html' } })],
];

const GREETING = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'raw', version: '1' },
};

const REFUSED: Record<string, number> = { 'a refusal': 401, 'a method that does not exist': 404 };

const AS = { as: 'alice' };

const STEPS = { ...call('steps'), _meta: { progressToken: 'p' } };

it.each(EXCHANGES)('what was set before the endpoint is on %s', async (what, exchange) => {
  const { url } = await mcpApp([ServedTools], withHeaders());
  const { status, headers } = await exchange(url, await openSession(url, 'alice'));
  expect(status).toBe(REFUSED[what] ?? 200);
  expect(headers.get('x-request-id')).toBe('r-1');
  expect(headers.get('vary')).toMatch(/^X-Tenant\b/);
  expect(headers.getSetCookie()).toEqual(['a=1', 'b=2']);
});

describe('a guard of a tool', () => {
  it.each(['hello', 'steps'])('reads, changes and removes them for %s', async (name) => {
    const seen: unknown[] = [];
    @Injectable()
    class ChangingHeaders implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        if (context.getType<string>() !== 'mcp') return true;
        const reply = context.switchToHttp().getResponse();
        const response = reply.raw ?? reply;
        seen.push(response.getHeader('x-request-id'));
        response.setHeader('x-request-id', 'r-2');
        response.appendHeader('vary', 'Origin');
        response.removeHeader('set-cookie');
        return true;
      }
    }
    const { url } = await mcpApp([ServedTools], {
      ...withHeaders(),
      metadata: { providers: [{ provide: APP_GUARD, useClass: ChangingHeaders }] },
    });
    const session = await openSession(url, 'alice');
    for (const answer of [
      await rpc(url, 'tools/call', call(name), AS),
      await session.call(name, {}, 'alice'),
    ]) {
      expect(seen.pop()).toBe('r-1');
      expect(answer.headers.get('x-request-id')).toBe('r-2');
      expect(answer.headers.get('vary')).toBe('X-Tenant, Origin');
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
  });
});
