import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Backplane } from '../../src/backplane/backplane.js';
import { SdkPath } from '../../src/mcp/server/sdk-path.js';
import { eventually } from '../support/within.js';
import { ClientSession, type WireMessage } from './support/client-session.js';
import { startNodes, type TestNode, type TestNodes } from './support/nodes.js';
import { Tools } from './support/tools.js';

const out = ({ result }: WireMessage) =>
  (result?.['structuredContent'] ?? {}) as Readonly<Record<string, unknown>>;

describe('A session of a service with several nodes', () => {
  let service: TestNodes;
  let A: TestNode;
  let B: TestNode;
  let C: TestNode;
  let ada: string;
  let alan: string;

  beforeAll(async () => {
    service = await startNodes([Tools]);
    [A, B, C] = service.nodes as [TestNode, TestNode, TestNode];
    ada = await service.token();
    alan = await service.token('katherine@example.com');
  });

  afterAll(() => service.stop());

  const copiesOf = ({ app }: TestNode) => app.get(SdkPath).sessions;

  it('goes on at every node, for its owner alone', async () => {
    const session = await ClientSession.open(A.url, ada);

    expect(session.id).toMatch(/^[a-z0-9]{8}\./);
    expect(out(await session.call(B.url, 'whoami'))).toMatchObject({ node: 1 });
    expect((await session.request(C.url, 'tools/list')).result).toBeDefined();
    expect((await session.request(C.url, 'ping')).result).toEqual({});
    expect(out(await session.as(await service.token()).call(C.url, 'whoami'))['node']).toBe(2);
    for (const { url } of service.nodes) {
      expect((await session.as(alan).call(url, 'whoami')).status).toBe(404);
      expect((await session.as(undefined).call(url, 'whoami')).status).not.toBe(200);
    }
    expect((await session.call(B.url, 'whoami')).status).toBe(200);
  });

  it('knows at every node what its client can do', async () => {
    const session = await ClientSession.open(A.url, ada);
    const mute = await ClientSession.open(A.url, ada, { capabilities: {} as never });

    const call = await session.startCall(B.url, 'ask');
    const question = await call.until(({ method }) => method === 'elicitation/create');

    expect(question?.message.params?.['message']).toBe('From 1?');
    expect((await mute.call(B.url, 'ask')).result).toMatchObject({ isError: true });
    await call.close();
  });

  it('brings answers to the node that asked, and never to another question', async () => {
    const session = await ClientSession.open(A.url, ada);
    const [atA, atB] = [
      await session.startCall(A.url, 'ask'),
      await session.startCall(B.url, 'ask'),
    ];
    const asked = ({ method }: WireMessage) => method === 'elicitation/create';
    const [fromA, fromB] = [await atA.until(asked), await atB.until(asked)];
    expect(fromA?.message.id).not.toEqual(fromB?.message.id);

    const answer = (sure: boolean) => ({ action: 'accept', content: { sure } });
    const yes = await session.post(C.url, { id: fromA?.message.id, result: answer(true) });
    const no = await session.post(A.url, { id: fromB?.message.id, result: answer(false) });

    expect([yes.status, no.status]).toEqual([202, 202]);
    const done = ({ result }: WireMessage) => result !== undefined;
    expect(out((await atA.until(done))?.message ?? {})).toEqual({ node: 0, sure: true });
    expect(out((await atB.until(done))?.message ?? {})).toEqual({ node: 1, sure: false });
  });

  it('does not take an answer from a stranger, or for another session', async () => {
    const session = await ClientSession.open(A.url, ada);
    const other = await ClientSession.open(A.url, alan);
    const call = await session.startCall(A.url, 'ask');
    const question = await call.until(({ method }) => method === 'elicitation/create');
    const forged = {
      id: question?.message.id,
      result: { action: 'accept', content: { sure: true } },
    };

    expect((await session.as(alan).post(B.url, forged)).status).toBe(404);
    expect((await other.post(B.url, forged)).status).toBe(202);
    await other.call(A.url, 'whoami');

    expect(call.messages.some(({ message }) => message.result)).toBe(false);
    await call.close();
  });

  it('cancels a call at the node that runs it', async () => {
    const session = await ClientSession.open(A.url, ada);
    const call = await session.startCall(A.url, 'wait');
    await call.until(({ method }) => method === 'notifications/progress');

    const params = { requestId: call.requestId };
    await session.post(B.url, { method: 'notifications/cancelled', params });

    await eventually(() => expect(Tools.aborted).toContain(0));
    await call.ended();
  });

  it('tells of a change that follows a subscription, although the node of the stream is slow to learn of it', async () => {
    const session = await ClientSession.open(A.url, ada);
    const stream = await session.listen(C.url);
    const { records } = C.app.get<Backplane>(Backplane, { strict: false });
    const read = records.get.bind(records);
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const reading = vi.spyOn(records, 'get').mockImplementation(async (key) => {
      await released;
      return read(key);
    });
    onTestFinished(() => reading.mockRestore());
    await session.request(B.url, 'resources/subscribe', { uri: 'notes://7' });
    await eventually(() => expect(reading).toHaveBeenCalled());
    const other = await ClientSession.open(A.url, ada);
    await other.request(A.url, 'resources/subscribe', { uri: 'notes://7' });
    const early = await other.listen(A.url);
    await other.call(A.url, 'change', { uri: 'notes://7' });
    // The change has reached the nodes.
    const isUpdate = ({ method }: WireMessage) => method === 'notifications/resources/updated';
    await early.until(isUpdate);

    release();

    expect((await stream.until(isUpdate))?.message.params).toEqual({ uri: 'notes://7' });
    await other.call(A.url, 'change', { uri: 'notes://7' });
    const updates = () => stream.messages.filter(({ message }) => isUpdate(message));
    await eventually(() => expect(updates()).toHaveLength(2));
    await Promise.all([stream.close(), early.close()]);
  });

  it('ends at every node with a DELETE at one', async () => {
    const session = await ClientSession.open(A.url, ada);
    await session.call(B.url, 'whoami');
    const stream = await session.listen(B.url);

    expect((await session.delete(C.url)).status).toBe(200);

    await stream.ended();
    for (const { url } of service.nodes) {
      await eventually(async () => expect((await session.call(url, 'whoami')).status).toBe(404));
    }
  });

  it('is handed over, once, to who signs in at any node after the challenge at another', async () => {
    const session = await ClientSession.open(A.url);
    expect((await session.call(B.url, 'whoami')).status).toBe(401);

    expect((await session.as(ada).call(C.url, 'whoami')).status).toBe(200);

    for (const { url } of service.nodes) {
      await eventually(async () => {
        expect((await session.as(alan).call(url, 'whoami')).status).toBe(404);
      });
      expect((await session.as(ada).call(url, 'whoami')).status).toBe(200);
    }
  });

  it('gets changes of all nodes once, for what it subscribed to at any of them', async () => {
    const session = await ClientSession.open(A.url, ada);
    await session.request(C.url, 'resources/subscribe', { uri: 'notes://1' });
    const stream = await session.listen(B.url);
    await session.request(A.url, 'resources/subscribe', { uri: 'notes://2' });

    await eventually(async () => {
      await session.call(C.url, 'change', { uri: 'notes://2' });
      expect(stream.messages.length).toBeGreaterThan(0);
    });
    const toldOf = (uri: string) =>
      stream.messages.filter(({ message }) => message.params?.['uri'] === uri).length;
    await session.call(A.url, 'change', { uri: 'notes://1' });
    await eventually(() => expect(toldOf('notes://1')).toBe(1));
    await session.call(A.url, 'change', { uri: 'notes://3' });
    await session.call(A.url, 'change', { uri: 'notes://1' });

    await eventually(() => expect(toldOf('notes://1')).toBe(2));
    expect(toldOf('notes://3')).toBe(0);
    await stream.close();
  });

  it('continues its stream at another node after the last event', async () => {
    const session = await ClientSession.open(A.url, ada);
    await session.request(A.url, 'resources/subscribe', { uri: 'notes://4' });
    const stream = await session.listen(A.url);
    await session.call(B.url, 'change', { uri: 'notes://4' });
    await stream.until(({ method }) => method !== undefined);
    const { lastEventId } = stream;
    await stream.close();
    await session.call(C.url, 'change', { uri: 'notes://4' });
    await session.call(C.url, 'change', { uri: 'notes://5' });

    const again = await session.listen(B.url, lastEventId);

    expect(again.status).toBe(200);
    await again.until(({ method }) => method !== undefined);
    expect(again.messages.map(({ message }) => message.params)).toEqual([{ uri: 'notes://4' }]);
    expect((await session.listen(C.url, 'c~1-0')).status).toBe(400);
    await again.close();
  });

  it('has one stream: the one that was opened last, at any node', async () => {
    const session = await ClientSession.open(A.url, ada);
    const first = await session.listen(A.url);
    const second = await session.listen(B.url);

    await first.ended();

    expect(second.isEnded).toBe(false);
    await second.close();
  });

  it('continues the stream of a call at another node', async () => {
    const session = await ClientSession.open(A.url, ada);
    const call = await session.startCall(A.url, 'report', {}, 'the call');
    await call.until(({ method }) => method === 'notifications/progress');
    await call.close();

    const rest = await session.listen(C.url, call.lastEventId);
    for (const release of Tools.released) release();

    const answer = await rest.until(({ id }) => id === 'the call');
    expect(out(answer?.message ?? {})).toEqual({ node: 0 });
    expect(rest.messages.filter(({ message }) => message.method)).toHaveLength(1);
    await rest.ended();
  });

  it('counts in the share of its owner at all nodes', async () => {
    const grace = await service.token('grace@example.com');
    const sessions: ClientSession[] = [];
    for (let count = 0; count < 35; count += 1) {
      sessions.push(await ClientSession.open(service.nodes[count % 3]?.url ?? '', grace));
    }

    await eventually(async () => {
      const statuses = [];
      for (const session of sessions) statuses.push((await session.call(A.url, 'whoami')).status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(32);
    });
    await expect(
      Promise.all(sessions.slice(-3).map((session) => session.call(B.url, 'whoami'))),
    ).resolves.toMatchObject([{ status: 200 }, { status: 200 }, { status: 200 }]);
  });

  it('outlives the node that opened it', async () => {
    const extra = await service.start();
    const session = await ClientSession.open(extra.url, ada);
    await session.request(extra.url, 'resources/subscribe', { uri: 'notes://6' });
    await extra.close();

    expect((await session.call(B.url, 'whoami')).status).toBe(200);
    const stream = await session.listen(B.url);
    await session.call(A.url, 'change', { uri: 'notes://6' });
    await stream.until(({ method }) => method === 'notifications/resources/updated');
    await stream.close();
  });

  it('is not kept by a node where it is idle, and goes on there', async () => {
    const session = await ClientSession.open(A.url, ada);
    await session.call(B.url, 'whoami');
    expect(copiesOf(B).peek(session.id)).toBeDefined();

    copiesOf(B).drop(session.id);

    expect((await session.call(A.url, 'whoami')).status).toBe(200);
    expect((await session.call(B.url, 'whoami')).status).toBe(200);
  });

  it('cannot be invented', async () => {
    const invented = (await ClientSession.open(A.url, ada)).as(ada);
    Object.assign(invented, { id: 'abcdefgh.11111111-1111-4111-8111-111111111111' });

    expect((await invented.call(B.url, 'whoami')).status).toBe(404);
  });
});
