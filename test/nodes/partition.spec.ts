import { Injectable } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { ClerkRevocations } from '../../src/clerk/revocation/clerk-revocations.js';
import { McpContext } from '../../src/mcp/authoring/mcp-context.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { TaskClient } from '../mcp/tasks/task-client.js';
import { callTool, initialize } from '../support/mcp-request.js';
import { eventually, within } from '../support/within.js';
import { ClientSession, type WireMessage } from './support/client-session.js';
import { startNodes, type TestNode, type TestNodes } from './support/nodes.js';
import { TcpProxy } from './support/tcp-proxy.js';
import { Tools } from './support/tools.js';

const CALLERS = 40;

@Injectable()
class Work {
  static readonly released = new Map<string, () => void>();
  static readonly aborted = new Set<string>();

  @McpTool({ description: 'Works until it is released', task: 'optional' })
  async work(_input: unknown, context: McpContext) {
    const name = context.principal?.subject ?? '';
    context.signal.addEventListener('abort', () => Work.aborted.add(name));
    await new Promise<void>((resolve) => Work.released.set(name, resolve));
    return { name };
  }
}

interface Caller {
  readonly subject: string;
  readonly token: string;
  readonly session: ClientSession;
}

let proxy: TcpProxy;
let service: TestNodes;
let A: TestNode;
/** The node behind the proxy. */
let B: TestNode;
let C: TestNode;

async function start(): Promise<void> {
  service = await startNodes([Tools, Work], {
    reach: (node) => (node === 1 ? { url: proxy.url, timeoutMs: 400 } : undefined),
    beforeStart: async ({ port }) => {
      proxy = await TcpProxy.start(port);
    },
  });
  [A, B, C] = service.nodes as [TestNode, TestNode, TestNode];
}

afterEach(async () => {
  proxy.pass();
  await service.stop();
  await proxy.close();
});

async function callerOf(name: string, url = A.url): Promise<Caller> {
  const { id } = service.clerk.users.create({ emailAddress: `${name}@example.com` });
  const token = await service.token(id);
  return { subject: id, token, session: await ClientSession.open(url, token) };
}

function statelessCall({ url }: TestNode, { token }: Caller, name = 'whoami', args = {}) {
  return callTool(url, name, args, { token });
}

/** Calls of all callers at all nodes, in both eras, until it is stopped. */
class Load {
  /** Answers for somebody else. */
  readonly mixedUp: unknown[] = [];
  /** Calls that the nodes that reach Redis did not answer. */
  readonly failed: unknown[] = [];
  /** Statuses of calls at the node that does not. */
  readonly atB = new Set<number>();
  private readonly workers: readonly Promise<void>[];
  private isOver = false;
  private calls = 0;

  constructor(private readonly callers: readonly Caller[]) {
    this.workers = Array.from({ length: 8 }, () => this.work());
  }

  /** Resolves after as many calls as there are callers, twice. */
  async more(): Promise<void> {
    const enough = this.calls + 2 * CALLERS;
    await eventually(() => expect(this.calls).toBeGreaterThan(enough));
  }

  async end(): Promise<void> {
    this.isOver = true;
    await within(Promise.all(this.workers), 'the end of the load');
  }

  private async work(): Promise<void> {
    while (!this.isOver) {
      this.calls += 1;
      await this.call(this.calls);
    }
  }

  private async call(turn: number): Promise<void> {
    const caller = this.callers[(turn * 7) % CALLERS];
    const node = service.nodes[(turn * 13 + Math.floor(turn / 5)) % 3] ?? A;
    if (!caller) return;
    const isStateless = turn % 2 === 0;
    const answer = isStateless
      ? await callTool(node.url, 'whoami', {}, { token: caller.token })
      : await caller.session.call(node.url, 'whoami');
    const result = 'body' in answer ? answer.body.result : answer.result;
    const found = result?.['structuredContent'] as { subject?: string } | undefined;
    if (found && found.subject !== caller.subject) this.mixedUp.push([turn, found]);
    if (node === B) this.atB.add(answer.status);
    // A stateless call needs no Redis at any node.
    if (!found && (node !== B || isStateless)) this.failed.push([turn, answer.status]);
  }
}

const isUpdate =
  (uri: string) =>
  ({ method, params }: WireMessage) =>
    method === 'notifications/resources/updated' && params?.['uri'] === uri;

/** Resolves when the node has noticed that Redis is away. */
async function noticed(): Promise<void> {
  await eventually(async () => {
    const { status } = await initialize(B.url, { token: await service.token() });
    expect(status).toBe(503);
  });
}

async function healed(session: ClientSession): Promise<void> {
  proxy.pass();
  await eventually(async () => expect((await session.call(B.url, 'whoami')).status).toBe(200));
}

describe.each([
  ['reset', () => proxy.cut()],
  ['silent', () => proxy.stall()],
])('One of three nodes whose connections to Redis are %s', (_, fail) => {
  it('mixes up nobody, goes on by itself, and the others do not notice', async () => {
    await start();
    const callers = await Promise.all(
      Array.from({ length: CALLERS }, (__, index) =>
        callerOf(`caller${index}`, service.nodes[index % 3]?.url),
      ),
    );
    const load = new Load(callers);
    await load.more();
    fail();
    await load.more();
    await noticed();
    await load.more();
    proxy.pass();
    await load.more();
    await load.end();

    expect(load.mixedUp).toEqual([]);
    expect(load.failed).toEqual([]);
    expect([...load.atB].filter((status) => status !== 200 && status !== 503)).toEqual([]);
    for (const { session, subject } of callers) {
      await eventually(async () => {
        const { result } = await session.call(B.url, 'whoami');
        expect(result?.['structuredContent']).toEqual({ node: 1, subject });
      });
    }
  });

  it('does meanwhile what the table says', async () => {
    await start();
    const [known, unknown] = [await callerOf('known'), await callerOf('unknown')];
    await known.session.call(B.url, 'whoami');
    const working = new TaskClient(B.url, known.token);
    const task = await working.start('work');
    await eventually(() => expect(Work.released.has(known.subject)).toBe(true));
    fail();
    await noticed();

    expect((await statelessCall(B, known)).status).toBe(200);
    expect((await known.session.call(B.url, 'whoami')).status).toBe(200);
    const refused = await unknown.session.post(B.url, { id: 7, method: 'ping' });
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await new TaskClient(B.url, unknown.token).call('work')).toMatchObject({
      status: 503,
      error: { code: -32603 },
    });
    expect((await working.get(task)).result).toMatchObject({ status: 'working' });
    const revocations = B.app.get(ClerkRevocations, { strict: false });
    await expect(revocations.revoke({ userId: unknown.subject })).rejects.toThrow();
    expect((await statelessCall(B, unknown)).status).toBe(401);
    expect((await statelessCall(A, unknown)).status).toBe(200);
    Work.released.get(known.subject)?.();
    expect(await working.ended(task)).toMatchObject({ status: 'completed' });
    proxy.pass();

    // What it could not tell, it tells now.
    await eventually(async () => {
      expect((await statelessCall(A, unknown)).status).toBe(401);
      const { result } = await new TaskClient(C.url, known.token).get(task);
      expect(result).toMatchObject({ status: 'completed' });
    });
  });

  it('catches up with what it missed, and tells what it could not', async () => {
    await start();
    const [ada, eve] = [await callerOf('lin'), await callerOf('eve')];
    await ada.session.request(A.url, 'resources/subscribe', { uri: 'notes://1' });
    const atB = await ada.session.listen(B.url);
    const bob = await callerOf('bob', C.url);
    await bob.session.request(C.url, 'resources/subscribe', { uri: 'notes://2' });
    const atC = await bob.session.listen(C.url);
    fail();
    await noticed();
    await statelessCall(A, ada, 'change', { uri: 'notes://1' });
    await statelessCall(B, ada, 'change', { uri: 'notes://2' });
    await A.app.get(ClerkRevocations, { strict: false }).revoke({ userId: eve.subject });
    expect((await statelessCall(B, eve)).status).toBe(200);
    expect(atB.messages.filter(({ message }) => isUpdate('notes://1')(message))).toEqual([]);
    await healed(ada.session);

    await eventually(async () => expect((await statelessCall(B, eve)).status).toBe(401));
    const missed = await atB.until(isUpdate('notes://1'));
    expect(missed?.id).toBeDefined();
    await atC.until(isUpdate('notes://2'));
    expect(atB.messages.filter(({ message }) => isUpdate('notes://1')(message))).toHaveLength(1);
    await Promise.all([atB.close(), atC.close()]);
  });

  it('does not overwrite what others have done to its tasks', async () => {
    await start();
    const ada = await callerOf('lin');
    const task = await new TaskClient(B.url, ada.token).start('work');
    await eventually(() => expect(Work.released.has(ada.subject)).toBe(true));
    fail();
    const gone = { status: 'failed', error: { message: 'The node that ran the task is gone' } };
    expect(await new TaskClient(A.url, ada.token).ended(task)).toMatchObject(gone);
    proxy.pass();

    await eventually(() => expect(Work.aborted).toContain(ada.subject));
    Work.released.get(ada.subject)?.();
    for (const { url } of service.nodes) {
      await eventually(async () => {
        expect((await new TaskClient(url, ada.token).get(task)).result).toMatchObject(gone);
      });
    }
  });
});

describe('One of three nodes whose connections to Redis are slow', () => {
  it('mixes up nobody, and answers', async () => {
    await start();
    const callers = await Promise.all(
      Array.from({ length: CALLERS }, (_, index) => callerOf(`caller${index}`)),
    );
    proxy.pass(30);
    const load = new Load(callers);
    await load.more();
    await load.more();
    await load.end();

    expect(load.mixedUp).toEqual([]);
    expect(load.failed).toEqual([]);
  });
});
