import { afterEach, describe, expect, it } from 'vitest';
import { callTool } from '../support/mcp-request.js';
import { RoundRobin } from '../../examples/demo-nodes/round-robin.js';
import { eventually, within } from '../support/within.js';
import { ClientSession } from './support/client-session.js';
import { startProcesses, type ServiceProcesses } from './support/service-processes.js';

interface Caller {
  readonly userId: string;
  readonly token: string;
}

let service: ServiceProcesses | undefined;
let balancer: RoundRobin | undefined;
afterEach(async () => {
  await balancer?.close();
  balancer = undefined;
  await service?.stop();
  service = undefined;
});

async function createCallers(
  { clerk, resource }: ServiceProcesses,
  count: number,
): Promise<readonly Caller[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index): Promise<Caller> => {
      const { id } = clerk.users.create({ emailAddress: `caller${index}@example.com` });
      const scopes = ['profile', 'email'];
      const token = await clerk.issue.oauthAccessToken({ user: id, resource, scopes });
      return { userId: id, token };
    }),
  );
}

/** Who an `echo` was answered for; `undefined` if it was not answered. */
function echoedFor(result: unknown): unknown {
  const { structuredContent } = (result ?? {}) as { structuredContent?: { userId?: string } };
  return structuredContent?.userId;
}

describe('Three processes of the service', () => {
  it('mix up nobody, and recover, whatever fails', async () => {
    const started = await startProcesses(3);
    service = started;
    const { nodes, redis } = started;
    const [first, second] = nodes;
    if (!first || !second) throw new Error('no nodes');
    const callers = await createCallers(started, 10);
    const sessions = await Promise.all(
      callers.map(({ token }, index) => ClientSession.open(nodes[index % 3]?.url ?? '', token)),
    );
    const over = new AbortController();
    const wrong: unknown[] = [];
    let answered = 0;
    const call = async (turn: number): Promise<void> => {
      const index = (turn * 7) % callers.length;
      const caller = callers[index];
      const url = nodes[(turn * 13 + index) % 3]?.url ?? '';
      const args = { message: `${turn}` };
      const answer =
        turn % 2 === 0
          ? await callTool(url, 'echo', args, { token: caller?.token ?? '' })
          : await sessions[index]?.call(url, 'echo', args);
      const result = answer && 'body' in answer ? answer.body.result : answer?.result;
      if (answer?.status === 500) wrong.push([turn, answer]);
      if (!result) return;
      answered += 1;
      if (echoedFor(result) !== caller?.userId) wrong.push([turn, result]);
    };
    let turns = 0;
    const load = Array.from({ length: 6 }, async () => {
      while (!over.signal.aborted) {
        const abandoned = new Promise((resolve) => setTimeout(resolve, 2_000).unref());
        // A frozen process answers nothing: its callers go away.
        await Promise.race([call((turns += 1)).catch(() => undefined), abandoned]);
      }
    });
    const moreAnswers = async (): Promise<void> => {
      const before = answered;
      await eventually(() => expect(answered).toBeGreaterThan(before + 20));
    };

    await moreAnswers();
    await first.signal('SIGKILL');
    await moreAnswers();
    await first.start();
    await second.signal('SIGSTOP');
    await moreAnswers();
    await second.signal('SIGCONT');
    redis.freeze();
    await moreAnswers();
    redis.thaw();
    await moreAnswers();
    await redis.stop();
    await moreAnswers();
    await redis.start();
    await moreAnswers();
    over.abort();
    await within(Promise.all(load), 'the end of the load');

    expect(wrong).toEqual([]);
    for (const { url, output } of nodes) {
      const [caller] = callers;
      await eventually(async () => {
        const session = await ClientSession.open(url, caller?.token);
        const answers = await Promise.all(
          nodes.map((node) => session.call(node.url, 'echo', { message: 'x' })),
        );
        expect(
          answers.map(({ result }) => echoedFor(result)),
          output,
        ).toEqual(nodes.map(() => caller?.userId));
      });
    }
  });

  it('can be restarted one after the other without losing a call or a session', async () => {
    const started = await startProcesses(3, { DRAIN_MS: '1500' });
    service = started;
    const { nodes } = started;
    balancer = new RoundRobin(nodes.map(({ origin }) => origin));
    const url = `${await balancer.listen()}/mcp`;
    for (const { origin } of nodes) await balancer.until(origin, 'in');
    const callers = await createCallers(started, 4);
    const sessions = await Promise.all(callers.map(({ token }) => ClientSession.open(url, token)));
    const over = new AbortController();
    const failed: unknown[] = [];
    let calls = 0;
    const load = callers.map(async ({ token, userId }, index) => {
      while (!over.signal.aborted) {
        calls += 1;
        const message = String(calls);
        const stateless = await callTool(url, 'echo', { message }, { token });
        if (echoedFor(stateless.body.result) !== userId) failed.push(stateless);
        const onSession = await sessions[index]?.call(url, 'echo', { message });
        if (echoedFor(onSession?.result) !== userId) failed.push(onSession);
      }
    });

    for (const node of nodes) {
      const before = calls;
      await eventually(() => expect(calls).toBeGreaterThan(before + 5));
      await within(node.signal('SIGTERM'), 'the end of a node');
      await node.start();
      await within(balancer.until(node.origin, 'in'), 'the notice of the balancer');
    }
    over.abort();
    await within(Promise.all(load), 'the end of the load');

    expect(failed).toEqual([]);
    expect(calls).toBeGreaterThan(15);
  });
});
