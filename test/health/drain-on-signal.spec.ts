import { EventEmitter } from 'node:events';
import { Injectable, Module, type INestApplication, type OnModuleDestroy } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { HealthModule } from '../../src/health/health.module.js';
import { type HealthModuleOptions, SIGNALLED_PROCESS } from '../../src/health/drain-on-signal.js';
import { FakeClerk } from '../clerk/support/fake-clerk.js';
import { ADAPTERS, createAdapter, type AdapterName } from '../support/adapters.js';
import { SteppedPauses } from '../support/stepped-pauses.js';

/** A process that hears signals and does nothing about them. */
class FakeProcess extends EventEmitter {
  readonly pid = 42;
  readonly stdin = { isTTY: false };
  readonly done: string[] = [];

  kill(pid: number, signal: string): void {
    this.done.push(`kill ${pid} ${signal}`);
  }

  exit(code: number): void {
    this.done.push(`exit ${code}`);
  }
}

/** Closes first of all, as the database of an application might. */
@Injectable()
class Database implements OnModuleDestroy {
  isOpen = true;

  onModuleDestroy(): void {
    this.isOpen = false;
  }
}

let clerk: FakeClerk;
beforeAll(async () => {
  clerk = await FakeClerk.start();
});
afterAll(() => clerk.close());

let app: INestApplication;
let fake: FakeProcess;
let pauses: SteppedPauses;
let database: Database;
let closed: Promise<void> | undefined;
afterEach(() => app.close());

interface Setup {
  readonly options?: HealthModuleOptions;
  /** Whether the application closes at a signal, as `enableShutdownHooks()` makes it. */
  readonly hooks?: boolean;
}

async function start(adapter: AdapterName, { options, hooks = true }: Setup = {}): Promise<void> {
  const health = options ? HealthModule.forRoot(options) : HealthModule;
  @Module({ imports: [ClerkAuthModule.forRoot(clerk.options()), health], providers: [Database] })
  class HostModule {}
  fake = new FakeProcess();
  pauses = new SteppedPauses();
  closed = undefined;
  const builder = Test.createTestingModule({ imports: [HostModule] })
    .overrideProvider(SIGNALLED_PROCESS)
    .useValue(fake);
  const module = await pauses.override(builder).compile();
  app = module.createNestApplication(createAdapter(adapter) as never, { logger: false });
  if (hooks) for (const signal of SIGNALS) fake.on(signal, () => (closed ??= app.close()));
  await app.listen(0, '127.0.0.1');
  database = app.get(Database);
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const ready = async () => {
  const response = await fetch(`${await app.getUrl()}/health/ready`);
  return { status: response.status, body: (await response.json()) as unknown };
};

describe.each(ADAPTERS)('HealthModule on %s', (adapter) => {
  it.each(SIGNALS)(
    'is not ready from %s on, and nothing closes before the drain',
    async (signal) => {
      await start(adapter);
      expect(await ready()).toEqual({ status: 200, body: { status: 'ok' } });
      fake.emit(signal);
      expect(await ready()).toEqual({ status: 503, body: { status: 'draining' } });
      expect((await fetch(`${await app.getUrl()}/health/live`)).status).toBe(200);
      expect(pauses.waiting).toEqual([5_000]);
      expect(database.isOpen).toBe(true);
      pauses.end();
      await closed;
      expect(database.isOpen).toBe(false);
      expect(fake.done).toEqual([]);
    },
  );

  it('takes the time that it is told', async () => {
    await start(adapter, { options: { drainMs: 7_000 } });
    fake.emit('SIGTERM');
    expect(pauses.waiting).toEqual([7_000]);
    pauses.end();
    await closed;
  });

  it.each(SIGNALS)('ends the process at a second signal, %s', async (signal) => {
    await start(adapter);
    fake.emit('SIGTERM');
    fake.emit(signal);
    expect(fake.done).toEqual([`exit ${signal === 'SIGTERM' ? 143 : 130}`]);
    pauses.end();
    await closed;
  });

  it('does not drain with drainMs: 0', async () => {
    await start(adapter, { options: { drainMs: 0 } });
    fake.emit('SIGTERM');
    await closed;
    expect(pauses.waiting).toEqual([]);
    expect(database.isOpen).toBe(false);
  });

  it('waits for no load balancer in a terminal', async () => {
    await start(adapter);
    fake.stdin.isTTY = true;
    fake.emit('SIGINT');
    expect(pauses.waiting).toEqual([0]);
    pauses.end();
    await closed;
    expect(database.isOpen).toBe(false);
  });

  it('does not drain when the application closes by itself', async () => {
    await start(adapter);
    await app.close();
    expect(pauses.waiting).toEqual([]);
  });

  it('leaves a signal that nobody else listens to its default', async () => {
    await start(adapter, { hooks: false });
    fake.emit('SIGTERM');
    expect(fake.done).toEqual(['kill 42 SIGTERM']);
    expect(pauses.waiting).toEqual([]);
  });

  it('hears nothing any more once the application is closed', async () => {
    await start(adapter);
    fake.emit('SIGTERM');
    pauses.end();
    await closed;
    for (const signal of SIGNALS) expect(fake.listenerCount(signal)).toBe(1);
  });
});

it('listens to no signal where the application serves no HTTP', async () => {
  fake = new FakeProcess();
  const module = await Test.createTestingModule({
    imports: [ClerkAuthModule.forRoot(clerk.options()), HealthModule],
  })
    .overrideProvider(SIGNALLED_PROCESS)
    .useValue(fake)
    .compile();
  await module.init();
  expect(fake.eventNames()).toEqual([]);
  app = module as never;
});
