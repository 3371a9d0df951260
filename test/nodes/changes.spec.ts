import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpCatalog } from '../../src/mcp/catalog/mcp-catalog.js';
import { McpNotifier } from '../../src/mcp/server/mcp-notifier.js';
import { TaskClient } from '../mcp/tasks/task-client.js';
import { listen } from '../mcp/tasks/task-listener.js';
import { callTool } from '../support/mcp-request.js';
import { ClientSession, type ReadStream, type WireMessage } from './support/client-session.js';
import { startNodes, type TestNode, type TestNodes } from './support/nodes.js';
import { Tools } from './support/tools.js';

@Injectable()
class Changes {
  constructor(
    private readonly notifier: McpNotifier,
    private readonly catalog: McpCatalog,
  ) {}

  @McpTool({
    description: 'Tells one person',
    input: z.object({ uri: z.string(), subject: z.string() }),
  })
  tell({ uri, subject }: { uri: string; subject: string }) {
    this.notifier.resourceUpdated(uri, { subject });
    return {};
  }

  @McpTool({ description: 'Adds a tool', input: z.object({ name: z.string() }) })
  plug({ name }: { name: string }) {
    this.catalog.addTool({ name, description: name, input: z.object({}) }, () => 'done');
    return {};
  }
}

const UPDATED = 'notifications/resources/updated';
const LIST = 'notifications/tools/list_changed';

describe('Changes at a service with several nodes', () => {
  let service: TestNodes;
  let A: TestNode;
  let B: TestNode;
  let C: TestNode;
  let names = 0;

  beforeAll(async () => {
    service = await startNodes([Tools, Changes]);
    [A, B, C] = service.nodes as [TestNode, TestNode, TestNode];
  });

  afterAll(() => service.stop());

  async function createCaller() {
    names += 1;
    const { id } = service.clerk.users.create({ emailAddress: `listener${names}@example.com` });
    const token = await service.token(id);
    return { id, token, session: await ClientSession.open(A.url, token) };
  }

  const change = ({ url }: TestNode, token: string, uri: string) =>
    callTool(url, 'change', { uri }, { token });
  const isUpdateOf =
    (uri: string) =>
    ({ method, params }: WireMessage) =>
      method === UPDATED && params?.['uri'] === uri;
  const countOf = ({ messages }: ReadStream, test: (message: WireMessage) => boolean) =>
    messages.filter(({ message }) => test(message)).length;

  it('are told no more once a client has unsubscribed at any node', async () => {
    const { token, session } = await createCaller();
    const stream = await session.listen(A.url);
    await session.request(B.url, 'resources/subscribe', { uri: 'notes://1' });
    await session.request(A.url, 'resources/subscribe', { uri: 'notes://end' });
    await change(C, token, 'notes://1');
    await stream.until(isUpdateOf('notes://1'));

    expect(
      (await session.request(C.url, 'resources/unsubscribe', { uri: 'notes://1' })).result,
    ).toEqual({});
    await change(A, token, 'notes://1');
    await change(A, token, 'notes://end');
    await stream.until(isUpdateOf('notes://end'));
    expect(countOf(stream, isUpdateOf('notes://1'))).toBe(1);
    await stream.close();
  });

  it('of a list are told once, wherever an entry was added', async () => {
    const { token, session } = await createCaller();
    const stream = await session.listen(A.url);
    await session.request(A.url, 'resources/subscribe', { uri: 'notes://end' });
    await callTool(B.url, 'plug', { name: 'pluggedAtB' }, { token });
    const isList = ({ method }: WireMessage) => method === LIST;

    await stream.until(isList);
    await change(B, token, 'notes://end');
    await stream.until(isUpdateOf('notes://end'));
    expect(countOf(stream, isList)).toBe(1);
    await stream.close();
  });

  it('for one person are told to nobody else at any node', async () => {
    const [ada, eve] = [await createCaller(), await createCaller()];
    const streams = [await ada.session.listen(A.url), await eve.session.listen(A.url)];
    for (const { session } of [ada, eve]) {
      for (const uri of ['notes://own', 'notes://end']) {
        await session.request(A.url, 'resources/subscribe', { uri });
      }
    }
    await callTool(B.url, 'tell', { uri: 'notes://own', subject: ada.id }, { token: eve.token });
    await change(B, eve.token, 'notes://end');
    for (const stream of streams) await stream.until(isUpdateOf('notes://end'));

    expect(streams.map((stream) => countOf(stream, isUpdateOf('notes://own')))).toEqual([1, 0]);
    for (const stream of streams) await stream.close();
  });

  it('reach those who listen at every node, in the order in which they were made', async () => {
    const { token } = await createCaller();
    const notifications = {
      toolsListChanged: true,
      resourceSubscriptions: ['notes://1', 'notes://2', 'notes://3'],
    };
    const streams = await Promise.all(
      service.nodes.map(({ url }) => listen(new TaskClient(url, token), notifications)),
    );
    for (const { next } of streams) {
      expect((await next()).method).toBe('notifications/subscriptions/acknowledged');
    }
    // Each URI once: equal changes of one turn of a node are one.
    const order = [B, C, A];
    for (const [index, node] of order.entries()) {
      await change(node, token, `notes://${index + 1}`);
    }
    await callTool(C.url, 'plug', { name: 'pluggedAtC' }, { token });

    for (const { next, close } of streams) {
      const told: unknown[] = [];
      for (let message = await next(); ; message = await next()) {
        told.push(message.params.uri ?? message.method);
        if (message.method === LIST) break;
      }
      expect(told).toEqual([...order.map((_, index) => `notes://${index + 1}`), LIST]);
      close();
    }
  });
});
