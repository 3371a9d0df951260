import { Injectable, Logger } from '@nestjs/common';
import type { ServerEvent, ServerEventBus } from '@modelcontextprotocol/server';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MCP_EVENT_BUS } from '../../../src/extend.js';
import { McpCatalog, McpNotifier, McpTool, Public } from '../../../src/index.js';
import { ContainedEventBus } from '../../../src/mcp/server/contained-event-bus.js';
import { call, mcpApp } from '../fixtures.js';
import { eventually } from '../../support/within.js';

const EVENT: ServerEvent = { kind: 'tools_list_changed' };
const fail = (): never => {
  throw new Error('ECONNREFUSED 6379');
};

@Public()
@Injectable()
class Tools {
  constructor(
    private readonly notifier: McpNotifier,
    private readonly catalog: McpCatalog,
  ) {}

  @McpTool({ description: 'Tells of a change' })
  change() {
    this.notifier.resourceUpdated('notes://one');
    this.catalog.addTool(
      { name: 'added', description: 'Added', access: { kind: 'public' } },
      () => 'added',
    );
    return 'changed';
  }
}

describe('an event bus that fails', () => {
  beforeEach(() => {
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  });
  afterEach(() => vi.restoreAllMocks());

  it.each([
    ['throws', fail],
    ['rejects', async () => fail()],
    ['hangs', () => new Promise<never>(() => undefined)],
  ])('and %s still tells the listeners of this node', async (_, publish) => {
    const bus = new ContainedEventBus({ publish, subscribe: () => () => undefined }, 20);
    const heard: ServerEvent[] = [];
    const end = bus.subscribe((event) => heard.push(event));
    bus.publish(EVENT);
    await eventually(() => expect(heard).toEqual([EVENT]));
    end();
    bus.publish(EVENT);
    await new Promise((resolve) => setImmediate(resolve));
    expect(heard).toHaveLength(1);
  });

  it('at a subscription leaves the listener to what this node publishes', async () => {
    const bus = new ContainedEventBus({ publish: fail, subscribe: fail }, 20);
    const heard: ServerEvent[] = [];
    const end = bus.subscribe((event) => heard.push(event));
    bus.publish(EVENT);
    await eventually(() => expect(heard).toEqual([EVENT]));
    expect(end).not.toThrow();
  });

  it('is not failed by a listener, and tells the others', async () => {
    const listeners = new Set<(event: ServerEvent) => void>();
    const inner: ServerEventBus = {
      publish: (event) => listeners.forEach((listener) => listener(event)),
      subscribe: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    };
    const bus = new ContainedEventBus(inner, 20);
    const heard: ServerEvent[] = [];
    bus.subscribe(fail);
    bus.subscribe((event) => heard.push(event));
    bus.publish(EVENT);
    await eventually(() => expect(heard).toEqual([EVENT]));
  });

  it('does not fail the tool that tells of a change', async () => {
    const { url } = await mcpApp([Tools], {
      dynamic: true,
      override: (builder) =>
        builder.overrideProvider(MCP_EVENT_BUS).useValue({ publish: fail, subscribe: fail }),
    });
    expect(await call(url, 'change')).toMatchObject({ status: 200, text: 'changed' });
    expect(await call(url, 'added')).toMatchObject({ text: 'added' });
  });
});
