import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Public } from '../../src/access/access.decorators.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { startClerkApp } from '../support/clerk-app.js';
import { callTool, ENVELOPE, ERAS, modernHeaders, openSession } from '../support/mcp-request.js';
import { accessToken } from '../support/people.js';
import { startService, type TestService } from '../support/service.js';
import { within } from '../support/within.js';

const stop = (service: TestService) => within(service.app.close(), 'the shutdown');

async function openGetStream({ url }: TestService, token?: string): Promise<Response> {
  const session = await openSession(url, { token });
  const response = await fetch(url, {
    headers: {
      accept: 'text/event-stream',
      'mcp-session-id': session,
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  });
  expect(response.status).toBe(200);
  return response;
}

async function openSubscription({ url }: TestService, token?: string): Promise<Response> {
  const params = { notifications: { toolsListChanged: true }, _meta: ENVELOPE };
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...modernHeaders('subscriptions/listen'),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params }),
  });
  expect(response.status).toBe(200);
  return response;
}

describe('The shutdown of the service', () => {
  it('ends with nothing open', async () => {
    const service = await startService();
    await stop(service);
    await service.clerk.close();
  });

  it('ends with open GET streams of 2025-era clients, and ends them', async () => {
    const service = await startService({ env: { MCP_SIGN_IN: 'call' } });
    const token = await accessToken(service);
    const streams = [await openGetStream(service, token), await openGetStream(service)];
    await stop(service);
    await within(Promise.all(streams.map(drain)), 'the end of the streams');
    await service.clerk.close();
  });

  it('ends with an open subscriptions/listen, and ends it with its result', async () => {
    const service = await startService({ env: { MCP_SIGN_IN: 'call' } });
    const token = await accessToken(service);
    const streams = [await openSubscription(service, token), await openSubscription(service)];
    const texts = streams.map(drain);
    await stop(service);
    for (const text of await within(Promise.all(texts), 'the end of the streams')) {
      expect(text).toMatch(/"result"/);
    }
    await service.clerk.close();
  });

  it('ends while a call waits for Clerk', async () => {
    const service = await startService();
    const token = await accessToken(service);
    service.clerk.faults.set('users', { kind: 'hang' });
    const call = callTool(service.url, 'getUserProfile', {}, { token }).catch(() => undefined);
    while (service.clerk.counters.ofGroup('users') === 0) await tick();
    await stop(service);
    await within(call, 'the end of the call');
    await service.clerk.close();
  });

  it('refuses connections from then on', async () => {
    const service = await startService();
    await stop(service);
    await expect(fetch(service.url)).rejects.toThrow();
    await service.clerk.close();
  });
});

const running = new Set<Promise<string>>();

@Public()
@Injectable()
class SlowTools {
  @McpTool({ description: 'Never ends' })
  forever(): Promise<string> {
    const never = new Promise<string>(() => undefined);
    running.add(never);
    return never;
  }
}

describe.each(ERAS)('The shutdown of a host, %s era', (era) => {
  it('ends with a tool that never does', async () => {
    running.clear();
    const service = await startClerkApp([SlowTools]);
    const call = callTool(service.url, 'forever', {}, { era }).catch(() => undefined);
    while (running.size === 0) await tick();
    await stop(service);
    await within(call, 'the end of the call');
    await service.clerk.close();
  });
});

const tick = () => new Promise((resolve) => setTimeout(resolve, 5));

const drain = (response: Response): Promise<string> => response.text().catch(() => '');
