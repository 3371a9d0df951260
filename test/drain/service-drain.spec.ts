import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { Controller, Get, Injectable, Module, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { DrainModule, ServiceDrain } from '../../src/drain/service-drain.js';
import { ADAPTERS, createAdapter, type AdapterName } from '../support/adapters.js';
import { SteppedPauses } from '../support/stepped-pauses.js';
import { eventually, within } from '../support/within.js';

@Injectable()
class Gate {
  private readonly arrivals: (() => void)[] = [];
  private release: () => void = () => undefined;
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));

  /** Resolves when a request waits. */
  arrived(): Promise<void> {
    return new Promise((resolve) => this.arrivals.push(resolve));
  }

  open(): void {
    this.release();
  }

  async pass(): Promise<string> {
    this.arrivals.shift()?.();
    await this.released;
    return 'passed';
  }
}

@Controller()
class Requests {
  constructor(private readonly gate: Gate) {}

  @Get('quick')
  quick() {
    return 'quick';
  }

  @Get('slow')
  slow() {
    return this.gate.pass();
  }
}

@Module({ imports: [DrainModule], controllers: [Requests], providers: [Gate] })
class HostModule {}

let app: INestApplication;
let pauses: SteppedPauses;
let drain: ServiceDrain;
let gate: Gate;
let url: string;
afterEach(async () => {
  gate.open();
  await app.close();
});

async function start(adapter: AdapterName): Promise<void> {
  pauses = new SteppedPauses();
  const builder = pauses.override(Test.createTestingModule({ imports: [HostModule] }));
  const module = await builder.compile();
  app = module.createNestApplication(createAdapter(adapter) as never, {
    logger: false,
    forceCloseConnections: true,
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  drain = app.get(ServiceDrain);
  gate = app.get(Gate);
}

const get = async (path: string) => {
  const response = await fetch(`${url}/${path}`);
  const { status, headers } = response;
  return { status, text: await response.text(), connection: headers.get('connection') };
};

/** A request that is being answered. */
async function running() {
  const arrived = gate.arrived();
  const answer = get('slow');
  await arrived;
  return { answer };
}

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  const open = Symbol('open');
  await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([promise, Promise.resolve(open)])) !== open;
};

describe.each(ADAPTERS)('ServiceDrain on %s', (adapter) => {
  it('tells every client from its start on that the connection ends', async () => {
    await start(adapter);
    expect((await get('quick')).connection).toBe('keep-alive');
    const { answer } = await running();
    expect(drain.isDraining).toBe(false);
    void drain.drain();
    expect(drain.isDraining).toBe(true);
    gate.open();
    expect(await answer).toEqual({ status: 200, text: 'passed', connection: 'close' });
    expect(await get('quick')).toEqual({ status: 200, text: 'quick', connection: 'close' });
    expect((await get('nothing')).connection).toBe('close');
    pauses.end();
  });

  it('serves on for drainMs, 5 000 unless told otherwise, although nothing runs', async () => {
    await start(adapter);
    const drained = drain.drain();
    expect(pauses.waiting).toEqual([5_000]);
    expect(await settled(drained)).toBe(false);
    expect((await get('quick')).status).toBe(200);
    pauses.end();
    await drained;
    expect(pauses.waiting).toEqual([]);
  });

  it('then waits for what runs, for 20 000 ms at most', async () => {
    await start(adapter);
    const { answer } = await running();
    const drained = drain.drain({ drainMs: 7_000 });
    pauses.end();
    expect(await settled(drained)).toBe(false);
    expect(pauses.waiting).toEqual([20_000]);
    gate.open();
    await drained;
    expect((await answer).text).toBe('passed');
    expect(pauses.waiting).toEqual([]);
  });

  it('gives up on what does not end', async () => {
    await start(adapter);
    const { answer } = await running();
    const drained = drain.drain({ drainMs: 1_000, shutdownMs: 3_000 });
    pauses.end();
    await settled(drained);
    expect(pauses.waiting).toEqual([2_000]);
    pauses.end();
    await drained;
    expect(drain.openRequests).toBe(1);
    gate.open();
    await answer;
  });

  it('waits for nothing where it may take no time', async () => {
    await start(adapter);
    const { answer } = await running();
    const drained = drain.drain({ drainMs: 0 });
    expect(pauses.waiting).toEqual([0]);
    pauses.end();
    await settled(drained);
    expect(pauses.waiting).toEqual([0]);
    pauses.end();
    await drained;
    gate.open();
    await answer;
  });

  it('drains once, whoever asks', async () => {
    await start(adapter);
    const ends: string[] = [];
    drain.onEnd(() => void ends.push('ended'));
    const drains = [drain.drain(), drain.drain({ drainMs: 60_000 })];
    expect(pauses.waiting).toEqual([5_000]);
    expect(ends).toEqual([]);
    pauses.end();
    await Promise.all(drains);
    await drain.drain();
    expect(ends).toEqual(['ended']);
  });

  it('ends although something that it ends breaks down', async () => {
    await start(adapter);
    drain.onEnd(() => {
      throw new Error('no end');
    });
    drain.onEnd(() => Promise.reject(new Error('no end')));
    const drained = drain.drain();
    pauses.end();
    await drained;
  });

  it('counts no request that waited behind another one on a connection that is gone', async () => {
    await start(adapter);
    const { hostname, port } = new URL(url);
    const arrivals = [gate.arrived(), gate.arrived(), gate.arrived()];
    const socket = connectSocket(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(3));
    await Promise.all(arrivals);
    expect(drain.openRequests).toBe(3);
    socket.destroy();
    await eventually(() => expect(drain.openRequests).toBe(0));
    gate.open();
    expect((await get('quick')).status).toBe(200);
  });

  it('counts no request whose client is gone', async () => {
    await start(adapter);
    const { hostname, port } = new URL(url);
    const arrived = gate.arrived();
    const socket = connectSocket(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await arrived;
    const drained = drain.drain();
    pauses.end();
    expect(await settled(drained)).toBe(false);
    socket.destroy();
    await within(drained, 'the drain');
    expect(drain.openRequests).toBe(0);
  });
});
