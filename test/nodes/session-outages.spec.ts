import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Backplane } from '../../src/backplane/backplane.js';
import { initialize, readAnswer } from '../support/mcp-request.js';
import { eventually } from '../support/within.js';
import { ClientSession } from './support/client-session.js';
import { startNodes, type TestNode, type TestNodes } from './support/nodes.js';
import { Tools } from './support/tools.js';

describe('Sessions while Redis does not answer', () => {
  let service: TestNodes;
  let A: TestNode;
  let B: TestNode;
  let ada: string;

  beforeAll(async () => {
    service = await startNodes([Tools], {
      nodes: 2,
      timeoutMs: 200,
      mcp: { signIn: 'call' },
    });
    [A, B] = service.nodes as [TestNode, TestNode];
    ada = await service.token();
  });

  afterAll(() => service.stop());

  const open = (url: string) => initialize(url, { token: ada });

  it('go on where they are known, and are 503 where they are not, never 404 or 500', async () => {
    const session = await ClientSession.open(A.url, ada);
    await session.call(A.url, 'whoami');
    service.redis.freeze();
    try {
      const elsewhere = await readAnswer(
        await session.post(B.url, { id: 1, method: 'tools/list' }),
      );
      const deleted = await readAnswer(await session.delete(A.url));
      const opened = await open(B.url);
      for (const refused of [elsewhere, deleted, opened]) {
        expect(refused.status).toBe(503);
        expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(refused.text).not.toMatch(/redis|ECONN|timed out|127\.0\.0\.1/i);
      }
      expect((await session.call(A.url, 'whoami')).status).toBe(200);
      expect((await session.request(A.url, 'tools/list')).status).toBe(200);
      const subscribed = await session.request(A.url, 'resources/subscribe', { uri: 'notes://1' });
      expect(subscribed.error).toMatchObject({ code: -32603 });
    } finally {
      service.redis.thaw();
    }

    await eventually(async () => expect((await session.call(B.url, 'whoami')).status).toBe(200));
    await eventually(async () => expect((await open(B.url)).status).toBe(200));
  });

  it('serve nobody from a copy whose change could not be read', async () => {
    const session = await ClientSession.open(A.url);
    expect((await session.request(B.url, 'tools/list')).status).toBe(200);
    expect((await session.call(A.url, 'whoami')).status).toBe(401);
    const { records } = B.app.get(Backplane);
    const read = vi.spyOn(records, 'get').mockRejectedValue(new Error('away'));
    onTestFinished(() => read.mockRestore());
    expect((await session.as(ada).call(A.url, 'whoami')).status).toBe(200);
    await eventually(() => expect(read).toHaveBeenCalled());

    // The anonymous opener does not own it any more, which this node cannot see now.
    expect((await session.request(B.url, 'tools/list')).status).toBe(503);
    read.mockRestore();
    expect((await session.request(B.url, 'tools/list')).status).toBe(404);
    expect((await session.as(ada).call(B.url, 'whoami')).status).toBe(200);
  });

  it('begin anew after Redis has lost its data', async () => {
    const session = await ClientSession.open(A.url, ada);
    await service.redis.stop();
    await service.redis.start();
    await eventually(async () => expect((await open(A.url)).status).toBe(200));

    await eventually(async () => expect((await session.call(B.url, 'whoami')).status).toBe(404));
    await eventually(async () => expect((await session.call(A.url, 'whoami')).status).toBe(404));
  });
});
