import { Injectable } from '@nestjs/common';
import { expect, it } from 'vitest';
import { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpResourceTemplate } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { MemoryBudget } from '../../../src/mcp/protocol/memory-budget.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { SdkPath } from '../../../src/mcp/server/sdk-path.js';
import { eventually } from '../../support/within.js';
import { startMcpApp } from '../fixtures.js';
import { openSession } from './session-client.js';

@Injectable()
class Notes {
  @McpResourceTemplate({ uriTemplate: 'notes://{id}' })
  note({ id }: { id: string }) {
    return `note ${id}`;
  }

  @McpTool({ description: 'Logs' })
  async log(_input: unknown, context: McpContext) {
    await context.log('debug', 'a detail');
    await context.log('error', 'a failure');
    return 'done';
  }
}

async function start() {
  const { app, url } = await startMcpApp([Notes]);
  const { sessions } = app.get(SdkPath);
  const session = await openSession(url, 'alice');
  const copy = sessions.peek(session.id);
  if (!copy) throw new Error('The session is not known.');
  return {
    app,
    session,
    hasSdk: () => Reflect.get(copy.server, 'sdk') !== undefined,
    /** What the sweep does when the session has had no request for this long. */
    idle: (milliseconds: number) => {
      copy.usedAt -= milliseconds;
      sessions.sweep();
    },
    memory: () => app.get(MemoryBudget, { strict: false }).sessions.used,
  };
}

it('a session that is idle for a minute keeps no server of the SDK, and loses nothing that its client has set', async () => {
  const { app, session, hasSdk, idle, memory } = await start();
  const before = memory();
  await (await session.send('resources/subscribe', { uri: 'notes://1' }, 'alice')).text();
  await (await session.send('logging/setLevel', { level: 'error' }, 'alice')).text();
  const stream = await session.listen('alice');
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect(hasSdk()).toBe(true);

  idle(50_000);
  expect(hasSdk()).toBe(true);
  idle(61_000);

  expect(hasSdk()).toBe(false);
  expect(memory() - before).toBeLessThan(1_024);
  app.get(McpNotifier).resourceUpdated('notes://1');
  let seen = '';
  await eventually(async () => {
    seen += (await reader?.read())?.value ?? '';
    expect(seen).toContain('notifications/resources/updated');
  });
  const logged = await (await session.call('log', {}, 'alice')).text();
  expect(logged).toContain('a failure');
  expect(logged).not.toContain('a detail');
  expect(hasSdk()).toBe(true);
  await reader?.cancel();
});

it('does not rest while a call runs', async () => {
  const { session, hasSdk, idle } = await start();
  await (await session.send('resources/subscribe', { uri: 'notes://1' }, 'alice')).text();
  expect(session.id).toMatch(/^[a-z0-9]{8}\./);

  const running = session.call('log', {}, 'alice');
  await eventually(() => expect(hasSdk()).toBe(true));
  idle(61_000);

  expect((await (await running).text()).includes('done')).toBe(true);
});
