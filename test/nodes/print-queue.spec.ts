import { BullModule } from '@nestjs/bullmq';
import { NotFoundException } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PrintModule } from '../../examples/print-queue/print.module.js';
import { Printer } from '../../examples/print-queue/printer.js';
import { BACKPLANE } from '../../src/backplane/backplane.module.js';
import { RedisBackplane } from '../../src/redis/redis-backplane.js';
import { resolveRedisOptions } from '../../src/redis/redis.options.js';
import { startMcpApp, type McpApp } from '../mcp/fixtures.js';
import { TaskClient } from '../mcp/tasks/task-client.js';
import { eventually } from '../support/within.js';
import { CLUSTER_SECRET, RedisServer } from './support/redis-server.js';

/** A printer that prints a page when the test says so. */
class SteppedPrinter {
  readonly printed: number[] = [];
  problem: Error | undefined;
  private readonly waiting: (() => void)[] = [];

  async print(_title: string, page: number): Promise<void> {
    if (this.problem) throw this.problem;
    this.printed.push(page);
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  next(): void {
    this.waiting.shift()?.();
  }
}

describe('the example print-queue, on two nodes', () => {
  let redis: RedisServer;
  let backplanes: RedisBackplane[];
  let apps: McpApp[];
  let printer: SteppedPrinter;
  let one: TaskClient;
  let other: TaskClient;

  beforeEach(async () => {
    redis = await RedisServer.start();
    printer = new SteppedPrinter();
    [backplanes, apps] = [[], []];
    [one, other] = [await node(), await node()];
  });
  afterEach(async () => {
    await Promise.all(apps.map(({ app }) => app.close()));
    await Promise.all(backplanes.map((backplane) => backplane.stop()));
    await redis.stop();
  });

  async function node(): Promise<TaskClient> {
    const options = resolveRedisOptions({
      url: redis.url,
      secret: CLUSTER_SECRET,
      timeoutMs: 30_000,
    });
    const backplane = new RedisBackplane(options);
    await backplane.start();
    backplanes.push(backplane);
    const started = await startMcpApp([], {
      isGlobal: true,
      seamTimeoutMs: 30_000,
      metadata: {
        imports: [BullModule.forRoot({ connection: { url: redis.url } }), PrintModule],
      },
      override: (builder) =>
        builder
          .overrideProvider(BACKPLANE)
          .useValue(backplane)
          .overrideProvider(Printer)
          .useValue(printer),
    });
    apps.push(started);
    return new TaskClient(started.url);
  }

  const printing = (page: number) => eventually(() => expect(printer.printed.at(-1)).toBe(page));

  it('prints, and tells its progress and its result at every node', async () => {
    const id = await one.start('print', { title: 'A report', pages: 3 });
    for (const page of [1, 2, 3]) {
      await printing(page);
      expect((await other.get(id)).result).toMatchObject({
        status: 'working',
        statusMessage: `Page ${page} of 3`,
      });
      printer.next();
    }
    expect(await other.ended(id)).toMatchObject({
      status: 'completed',
      result: { structuredContent: { title: 'A report', sheets: 2 } },
    });
  });

  it('stops printing when a client cancels at any node', async () => {
    const id = await one.start('print', { title: 'A report', pages: 3 });
    await printing(1);
    await other.cancel(id);
    printer.next();
    const second = await other.start('print', { title: 'Another', pages: 1 });
    await eventually(() => expect(printer.printed).toEqual([1, 1]));
    printer.next();
    expect((await other.ended(second)).status).toBe('completed');
    expect((await one.get(id)).result.status).toBe('cancelled');
  });

  it('fails when the last attempt of the job has failed', async () => {
    printer.problem = new NotFoundException('No paper');
    const id = await one.start('print', { title: 'A report', pages: 1 });
    expect(await other.ended(id)).toMatchObject({
      status: 'completed',
      result: { isError: true, content: [{ text: 'No paper' }] },
    });
  });
});
