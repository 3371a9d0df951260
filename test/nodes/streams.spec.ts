import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXTENSION, TaskClient } from '../mcp/tasks/task-client.js';
import { listen, type TaskListener } from '../mcp/tasks/task-listener.js';
import { eventually } from '../support/within.js';
import { ClientSession } from './support/client-session.js';
import { startNodes, type TestNode, type TestNodes } from './support/nodes.js';
import { Tools } from './support/tools.js';

const LISTS = { toolsListChanged: true };

describe('The streams of a caller of a service with several nodes', () => {
  let service: TestNodes;
  let A: TestNode;
  let B: TestNode;
  let C: TestNode;

  beforeAll(async () => {
    service = await startNodes([Tools], { mcp: { maxStreamsPerPrincipal: 3 } });
    [A, B, C] = service.nodes as [TestNode, TestNode, TestNode];
  });

  afterAll(() => service.stop());

  const subscribe = ({ url }: TestNode, token: string): Promise<TaskListener> =>
    listen(new TaskClient(url, token, { extensions: { [EXTENSION]: {} } }), LISTS);

  it('are limited over all nodes, in both eras', async () => {
    const token = await service.token('grace@example.com');
    const session = await ClientSession.open(A.url, token);
    const first = await session.listen(B.url);
    const open = [await subscribe(A, token), await subscribe(C, token)];
    expect([first.status, ...open.map(({ status }) => status)]).toEqual([200, 200, 200]);

    expect((await subscribe(B, token)).status).toBe(429);
    const other = await ClientSession.open(C.url, token);
    expect((await other.listen(C.url)).status).toBe(429);
    expect((await subscribe(B, await service.token())).status).toBe(200);
    open[0]?.close();

    await eventually(async () => {
      const next = await subscribe(B, token);
      open.push(next);
      expect(next.status).toBe(200);
    });
    await first.close();
    for (const { close } of open) close();
  });

  it('let the stream of a session move between nodes at the limit', async () => {
    const token = await service.token('katherine@example.com');
    const session = await ClientSession.open(A.url, token);
    const open = [await subscribe(A, token), await subscribe(B, token)];
    const streams = [await session.listen(A.url)];
    for (const { url } of [B, C, A]) {
      const moved = await session.listen(url);
      expect(moved.status).toBe(200);
      await streams.at(-1)?.ended();
      streams.push(moved);
    }
    expect((await subscribe(C, token)).status).toBe(429);
    await streams.at(-1)?.close();
    for (const { close } of open) close();
  });

  it('are those of each node while Redis does not answer', async () => {
    const lin = service.clerk.users.create({ emailAddress: 'lin@example.com' }).id;
    const token = await service.token(lin);
    await service.redis.stop();
    const open: TaskListener[] = [];
    for (const node of [A, B]) {
      for (let count = 0; count < 3; count += 1) open.push(await subscribe(node, token));
    }
    expect(open.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    expect((await subscribe(A, token)).status).toBe(429);
    await service.redis.start();
    for (const { close } of open) close();
  });
});
