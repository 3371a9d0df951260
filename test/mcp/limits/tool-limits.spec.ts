import { describe, expect, it } from 'vitest';
import { McpTool, type McpToolLimits } from '../../../src/index.js';
import { ToolTimeoutError } from '../../../src/extend.js';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';
import { CLIENT_MODES, connect, type ToolOutcome } from '../clients.js';
import { boot, call, mcpApp, within, type McpAppOptions } from '../fixtures.js';
import { TaskClient } from '../tasks/task-client.js';
import { Jobs } from '../tasks/task-tools.js';
import { LimitedTools, TIMEOUT_MS } from './limited-tools.js';

async function start(options: McpAppOptions = {}) {
  const { app, url, log } = await mcpApp([Jobs, LimitedTools], options);
  return { app, url, log, jobs: app.get(Jobs) };
}

const LATE = (tool: string) => `${tool} did not finish within 0.5 seconds and was stopped.`;
const BUSY = (tool: string) =>
  `${tool} is busy: too many calls of it are running. Try again later.`;
const YOURS = (tool: string) =>
  `Too many of your calls of ${tool} are running. Wait until one has finished, and try again.`;

const textOf = ({ content }: ToolOutcome) => content[0]?.text;

describe.each(CLIENT_MODES)('limits of a tool, client %s', (mode) => {
  it('stop a call that takes too long, and its handler hears why', async () => {
    const { url, jobs, log } = await start();
    const client = await connect(mode, url, 'alice');
    const outcome = client.callTool('polite', { name: 'a' });
    const signal = await jobs.reached('a');
    const result = await within(outcome, 'the answer');
    expect(result.isError).toBe(true);
    expect(textOf(result)).toBe(LATE('polite'));
    expect(signal.reason).toBeInstanceOf(ToolTimeoutError);
    expect(signal.reason).toMatchObject({ code: 'TOOL_TIMEOUT', timeoutMs: TIMEOUT_MS });
    expect(log.lines.filter((line) => line.includes('polite did not finish'))).toHaveLength(1);
    expect(log.errors).toEqual([]);
  });

  it('let through what is in time', async () => {
    const { url } = await start();
    const client = await connect(mode, url, 'alice');
    const result = await client.callTool('patient', { name: 'a' });
    expect(result.isError ?? false).toBe(false);
    expect(textOf(result)).toBe('a');
  });

  it('refuse a second call of one caller, and the third of all', async () => {
    const { url, jobs } = await start();
    const alice = await connect(mode, url, 'alice');
    const bob = await connect(mode, url, 'bob');
    const carol = await connect(mode, url, 'carol');
    const first = alice.callTool('narrow', { name: 'a' });
    await jobs.reached('a');
    const again = await alice.callTool('narrow', { name: 'again' });
    expect([again.isError, textOf(again)]).toEqual([true, YOURS('narrow')]);

    const second = bob.callTool('narrow', { name: 'b' });
    await jobs.reached('b');
    const third = await carol.callTool('narrow', { name: 'c' });
    expect([third.isError, textOf(third)]).toEqual([true, BUSY('narrow')]);

    jobs.open('a');
    expect(textOf(await first)).toBe('a');
    jobs.open('c');
    expect(textOf(await carol.callTool('narrow', { name: 'c' }))).toBe('c');
    jobs.open('b');
    expect(textOf(await second)).toBe('b');
  });

  it('keep the slot of a late call until its handler has ended', async () => {
    const { url, jobs } = await start();
    const client = await connect(mode, url, 'alice');
    expect(textOf(await client.callTool('deaf', { name: 'a' }))).toBe(LATE('deaf'));
    expect(textOf(await client.callTool('deaf', { name: 'b' }))).toBe(BUSY('deaf'));
    jobs.open('a');
    jobs.open('b');
    await settled();
    expect(textOf(await client.callTool('deaf', { name: 'b' }))).toBe('b false');
  });

  it('keep the slot of a cancelled call until its handler has ended', async () => {
    const { url, jobs } = await start();
    const client = await connect(mode, url, 'alice');
    const stop = new AbortController();
    const outcome = client.callTool('deaf', { name: 'a' }, { signal: stop.signal });
    await jobs.reached('a');
    stop.abort();
    await expect(outcome).rejects.toThrow();
    expect(textOf(await client.callTool('deaf', { name: 'b' }))).toBe(BUSY('deaf'));
    jobs.open('a');
    jobs.open('b');
    await settled();
    expect(textOf(await client.callTool('deaf', { name: 'b' }))).toBe('b false');
  });
});

describe('limits of a tool', () => {
  it('count a caller once, through whatever OAuth client', async () => {
    const { url, jobs } = await start();
    const first = call(url, 'narrow', { name: 'a' }, { as: 'alice' });
    await jobs.reached('a');
    const other = await call(url, 'narrow', { name: 'b' }, { as: 'alice:some:scope' });
    expect(other.text).toBe(YOURS('narrow'));
    jobs.open('a');
    expect((await first).text).toBe('a');
  });

  it('count anonymous callers by their address', async () => {
    const { url, jobs } = await start();
    const anonymous = { as: undefined, headers: { authorization: '' } };
    const first = call(url, 'open', { name: 'a' }, anonymous);
    await jobs.reached('a');
    expect((await call(url, 'open', { name: 'b' }, anonymous)).text).toBe(YOURS('open'));
    jobs.open('c');
    expect((await call(url, 'open', { name: 'c' }, { as: 'alice' })).text).toBe('c');
    jobs.open('a');
    expect((await first).text).toBe('a');
  });

  it('free the slot of a call that fails', async () => {
    const { url } = await start();
    await call(url, 'fails');
    expect((await call(url, 'fails')).text).toMatch(/^Internal error/);
  });

  it('come from toolLimits where the tool says nothing', async () => {
    const { url, app } = await start({ toolLimits: { timeoutMs: 30 } });
    const outcome = await call(url, 'plain', { name: 'a' });
    expect(outcome.text).toBe('plain did not finish within 0.03 seconds and was stopped.');

    app.get(McpCatalog).addTool({ name: 'added', description: 'Hangs' }, () => jobsForever());
    expect((await call(url, 'added')).text).toMatch(/^added did not finish within 0.03 seconds/);
  });

  it('are lifted with Infinity', async () => {
    const { url, jobs } = await start({ toolLimits: { timeoutMs: 20 } });
    const outcome = call(url, 'endless', { name: 'a' });
    await jobs.reached('a');
    expect((await call(url, 'plain', { name: 'b' })).text).toMatch(/^plain did not finish/);
    jobs.open('a');
    expect((await outcome).text).toBe('a');
  });
});

describe('limits of a tool that runs as a task', () => {
  it('end the task with the error, and its handler hears why', async () => {
    const { url, jobs } = await start();
    const alice = new TaskClient(url);
    const id = await alice.start('deaf', { name: 'a' });
    const task = await alice.ended(id);
    expect(task).toMatchObject({
      status: 'completed',
      result: { isError: true, content: [{ text: LATE('deaf') }] },
    });
    const next = await alice.ended(await alice.start('deaf', { name: 'b' }));
    expect(next).toMatchObject({ result: { content: [{ text: BUSY('deaf') }] } });
    jobs.open('a');
  });

  it('keep the slot of a cancelled task until its handler has ended', async () => {
    const { url, jobs } = await start();
    const alice = new TaskClient(url);
    const id = await alice.start('narrow', { name: 'a' });
    await jobs.reached('a');
    expect((await call(url, 'narrow', { name: 'b' })).text).toBe(YOURS('narrow'));
    await alice.cancel(id);
    await settled();
    jobs.open('b');
    expect((await call(url, 'narrow', { name: 'b' })).text).toBe('b');
  });
});

describe('limits that make no sense', () => {
  const wrong = ['timeoutMs', 'maxConcurrent', 'maxConcurrentPerPrincipal'].flatMap((name) =>
    [0, -1, 1.5, Number.NaN].map((value) => ({ [name]: value })),
  );

  it.each([...wrong, { timeoutMs: 2 ** 31 }])(
    'stop the boot: %o',
    async (limits: McpToolLimits) => {
      class Tools {
        @McpTool({ description: 'Limited', limits })
        limited() {}
      }
      const [name = ''] = Object.keys(limits);
      await expect(boot([Tools])).rejects.toThrow(
        new RegExp(`Tools\\.limited.* limits\\.${name} is `),
      );
      await expect(boot([], { toolLimits: limits })).rejects.toThrow(
        new RegExp(`^McpModule: toolLimits\\.${name} is `),
      );
    },
  );
});

/** Gives what was let go a chance to end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const jobsForever = () => new Promise(() => undefined);
