import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Backplane } from '../../src/backplane/backplane.js';
import { callTool } from '../support/mcp-request.js';
import { ClientSession } from './support/client-session.js';
import { startNodes, type TestNode, type TestNodes } from './support/nodes.js';
import { Tools } from './support/tools.js';

const CALLS = 20;

describe('The commands to Redis', () => {
  let service: TestNodes;
  let A: TestNode;
  let B: TestNode;
  let ada: string;
  let client: Redis;

  beforeAll(async () => {
    // A session is not renewed while this runs, however slow the machine is.
    service = await startNodes([Tools], {
      nodes: 2,
      mcp: { sessions: { idleMs: 24 * 3600_000 } },
      limits: { principal: { limit: 1_000_000, ttlMs: 60_000 } },
    });
    [A, B] = service.nodes as [TestNode, TestNode];
    ada = await service.token();
    client = new Redis(service.redis.url);
    await callTool(A.url, 'whoami', {}, { token: ada });
  });

  afterAll(async () => {
    client.disconnect();
    await service.stop();
  });

  it('are none for a call without a session', async () => {
    const commands = await commandsOf(async () => {
      for (let call = 0; call < CALLS; call += 1) {
        expect((await callTool(A.url, 'whoami', {}, { token: ada })).status).toBe(200);
      }
    });

    expect(commands).toEqual([]);
  });

  it('are none for a call on a session that the node knows', async () => {
    const session = await ClientSession.open(A.url, ada);

    const commands = await commandsOf(async () => {
      for (let call = 0; call < CALLS; call += 1) {
        expect((await session.call(A.url, 'whoami')).status).toBe(200);
      }
    });

    expect(commands).toEqual([]);
  });

  it('are two for the first call on a session at another node: it is read, and renewed', async () => {
    const session = await ClientSession.open(A.url, ada);

    const commands = await commandsOf(async () => {
      for (let call = 0; call < CALLS; call += 1) {
        expect((await session.call(B.url, 'whoami')).status).toBe(200);
      }
    });

    expect(commands).toEqual(['GET r', 'PEXPIRE r']);
  });

  it('are one for an event, however many listen', async () => {
    const sessions = await Promise.all(
      Array.from({ length: 5 }, () => ClientSession.open(A.url, ada)),
    );
    const streams = await Promise.all(
      sessions.map(async (session) => {
        await session.request(A.url, 'resources/subscribe', { uri: 'notes://1' });
        return session.listen(A.url);
      }),
    );

    const commands = await commandsOf(async () => {
      await callTool(B.url, 'change', { uri: 'notes://1' }, { token: ada });
      for (const stream of streams) {
        expect(await stream.until(isUpdate)).toBeDefined();
      }
    });

    expect(commands).toEqual(['XADD b']);
    for (const { response } of streams) await response.body?.cancel().catch(() => undefined);
  });

  /** Resolves when Redis has read what the nodes have sent. */
  async function sent(): Promise<void> {
    for (const { app } of service.nodes) await app.get(Backplane).leases.isAlive('nobody');
  }

  /**
   * Commands that clients send while something is done, each with the kind of its key; without those that
   * nodes send at rest, and sums of rate limits, which are exchanged with time.
   */
  async function commandsOf(work: () => Promise<void>): Promise<readonly string[]> {
    const [start, end] = [randomUUID(), randomUUID()];
    const commands: string[] = [];
    const monitor = await client.monitor();
    let isCounting = false;
    const isOver = new Promise<void>((resolve) => {
      monitor.on('monitor', (_time: string, [name = '', ...args]: string[], source: string) => {
        if (args[0] === end) resolve();
        else if (args[0] === start) isCounting = true;
        else if (isCounting && source !== 'lua') commands.push(commandName(name, args));
      });
    });
    try {
      await sent();
      await client.echo(start);
      await work();
      await sent();
      await client.echo(end);
      await isOver;
    } finally {
      monitor.disconnect();
    }
    return commands.filter((command) => !AT_REST.includes(command));
  }
});

/** The reader of streams, the leases of nodes, and the sums of rate limits. */
const AT_REST = ['XREAD', 'EVALSHA n', 'EVAL n', 'EVALSHA h', 'EVAL h'];

const isUpdate = ({ method }: { readonly method?: string }) =>
  method === 'notifications/resources/updated';

function commandName(name: string, args: readonly string[]): string {
  const command = name.toUpperCase();
  if (command === 'XREAD') return command;
  const key = (command.startsWith('EVAL') ? args[2] : args[0]) ?? '';
  return `${command} ${/:(\w):[\w-]+$/.exec(key)?.[1] ?? key}`;
}
