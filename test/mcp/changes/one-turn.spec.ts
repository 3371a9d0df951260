import { Injectable } from '@nestjs/common';
import type { ServerEvent } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { ServiceDrain } from '../../../src/drain/service-drain.js';
import { McpResource } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';
import type { AddressedEvent } from '../../../src/mcp/server/addressed-event.js';
import { EventsOfTurn } from '../../../src/mcp/server/events-of-turn.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { eventually } from '../../support/within.js';
import { mcpApp, rpc, within, type McpApp } from '../fixtures.js';
import { openSession } from '../server/session-client.js';
import { Reading } from '../server/wire-session.js';

@Injectable()
@Public()
class Entries {
  @McpTool({ description: 'Is there' })
  tool() {
    return '';
  }

  @McpResource({ uri: 'notes://one' })
  one() {
    return '';
  }

  @McpResource({ uri: 'notes://two' })
  two() {
    return '';
  }
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('EventsOfTurn', () => {
  const collect = () => {
    const delivered: AddressedEvent[] = [];
    const turn = new EventsOfTurn((event) => delivered.push(event));
    return { delivered, turn };
  };
  const tools = (audience?: AddressedEvent['audience']): AddressedEvent => ({
    kind: 'tools_list_changed',
    ...(audience && { audience }),
  });
  const updated = (uri: string): ServerEvent => ({ kind: 'resource_updated', uri });

  it('delivers each change once, at the end of the turn', async () => {
    const { delivered, turn } = collect();
    for (let count = 0; count < 40; count += 1) {
      for (const event of [tools(), updated('a:1'), updated('a:2')]) turn.add(event);
      await Promise.resolve();
    }
    expect(delivered).toEqual([]);
    await nextTurn();
    expect(delivered).toEqual([tools(), updated('a:1'), updated('a:2')]);
    turn.add(tools());
    await nextTurn();
    expect(delivered).toHaveLength(4);
  });

  it('delivers to everybody who belongs to one of the audiences', () => {
    const { delivered, turn } = collect();
    const [ada, acme] = [{ subject: 'ada' }, { organizationId: 'acme' }];
    for (const audience of [ada, acme, ada]) turn.add(tools(audience));
    turn.flush();
    for (const audience of [ada, undefined, acme]) turn.add(tools(audience));
    turn.flush();
    expect(delivered).toEqual([tools([ada, acme]), tools()]);
  });

  it('delivers at once what waits when it is flushed, and nothing after it was discarded', async () => {
    const { delivered, turn } = collect();
    turn.add(tools());
    turn.flush();
    expect(delivered).toEqual([tools()]);
    turn.add(tools());
    turn.discard();
    await nextTurn();
    expect(delivered).toEqual([tools()]);
  });
});

describe('forty changes in one turn', () => {
  async function listen(mcp: McpApp) {
    const session = await openSession(mcp.url, 'alice');
    for (const uri of ['notes://one', 'notes://two']) {
      await session.send('resources/subscribe', { uri }, 'alice');
    }
    const notifications = {
      toolsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: ['notes://one', 'notes://two'],
    };
    const modern = rpc(mcp.url, 'subscriptions/listen', { notifications }, { as: 'alice' });
    const readings = [new Reading(await session.listen('alice')), new Reading(await modern)];
    await eventually(() => expect(readings[1]?.text).toContain('acknowledged'));
    return readings;
  }

  /** The changes that a stream has heard of. */
  const heard = ({ messages }: Reading): string[] =>
    messages
      .map(({ method, params }) => `${method} ${params?.uri ?? ''}`.trim())
      .filter((change) => change.includes('list_changed') || change.includes('updated'));

  function changeEverything({ app }: McpApp, count: number): void {
    const notifier = app.get(McpNotifier);
    const catalog = app.get(McpCatalog);
    for (let at = 0; at < count; at += 1) {
      const name = `added${at}`;
      catalog.addTool({ name, description: name, access: { kind: 'public' } }, () => name);
      notifier.resourceUpdated('notes://one');
      notifier.resourceUpdated('notes://two', { subject: at % 2 ? 'user_alice' : 'user_bob' });
      notifier.resourcesChanged();
    }
  }
  const CHANGES = [
    'notifications/tools/list_changed',
    'notifications/resources/updated notes://one',
    'notifications/resources/updated notes://two',
    'notifications/resources/list_changed',
  ];

  it('are one notification for each listener and kind', async () => {
    const mcp = await mcpApp([Entries], { dynamic: true });
    const readings = await listen(mcp);
    changeEverything(mcp, 40);
    for (const reading of readings) {
      await eventually(() => expect(heard(reading)).toHaveLength(CHANGES.length));
    }
    mcp.app.get(McpNotifier).toolsChanged();
    for (const reading of readings) {
      await eventually(() => expect(heard(reading)).toHaveLength(CHANGES.length + 1));
      expect(heard(reading)).toEqual([...CHANGES, CHANGES[0]]);
    }
  });

  it.each(['drain', 'close'] as const)('are not lost by a %s in the same turn', async (ending) => {
    const mcp = await mcpApp([Entries], { dynamic: true });
    const readings = await listen(mcp);
    changeEverything(mcp, 40);
    const over =
      ending === 'drain' ? mcp.app.get(ServiceDrain).drain({ drainMs: 0 }) : mcp.app.close();
    for (const reading of readings) {
      await within(reading.ended, 'the end of the stream');
      expect(heard(reading)).toEqual(CHANGES);
    }
    await within(over, 'the end');
  });
});
