import type { ServerResponse } from 'node:http';
import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { OpenStreams } from '../../../src/mcp/server/open-streams.js';
import { SharedStreams } from '../../../src/mcp/server/shared-streams.js';
import { type NodeInProcess, ServiceOfNodes } from '../../support/service-of-nodes.js';
import { principal } from '../fixtures.js';

const SESSION = 'abcdefgh.11111111-1111-4111-8111-111111111111';
const open: SharedStreams[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
  vi.useRealTimers();
});

function streamsAt(node: NodeInProcess, max = 2): SharedStreams {
  const streams = new SharedStreams(node, 'mcp', new OpenStreams(max).shares);
  open.push(streams);
  return streams;
}

/** A response of which only its end matters. */
const response = () => new EventEmitter() as ServerResponse;
const ada = { principal: principal('ada'), request: {} };
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('The streams of a caller at several nodes', () => {
  it('are counted together, until they close', async () => {
    const engine = new ServiceOfNodes();
    const [one, other] = [streamsAt(engine.node()), streamsAt(engine.node())];
    const first = response();

    expect(await one.admit(ada, first)).toBe(true);
    expect(await other.admit(ada, response())).toBe(true);
    expect(await one.admit(ada, response())).toBe(false);
    expect(await other.admit({ ...ada, principal: principal('eve') }, response())).toBe(true);
    first.emit('close');
    await settled();
    expect(await other.admit(ada, response())).toBe(true);
  });

  it('count a session once, which moves between nodes at the limit', async () => {
    const engine = new ServiceOfNodes();
    const [one, other] = [streamsAt(engine.node()), streamsAt(engine.node())];
    const [first, second] = [response(), response()];
    await one.admit(ada, first, SESSION);
    await one.admit(ada, response());

    expect(await one.admit(ada, second, SESSION)).toBe(true);
    first.emit('close');
    await settled();
    expect(await other.admit(ada, response())).toBe(false);
    expect(await other.admit(ada, response(), SESSION)).toBe(true);
    // It closes where it was, and goes on counting where it is.
    second.emit('close');
    await settled();
    expect(await one.admit(ada, response())).toBe(false);
  });

  it('do not count an id that is none of a session for another stream', async () => {
    const streams = streamsAt(new ServiceOfNodes().node());
    for (const id of ['1', '', 'abcdefgh x', 'abcdefgh.'.padEnd(200, 'x')]) {
      await streams.admit(ada, response(), id);
    }
    expect(await streams.admit(ada, response(), '1')).toBe(false);
  });

  it('leave with a node that has ended, when the limit is reached', async () => {
    const engine = new ServiceOfNodes();
    const [dead, node] = [engine.node(), engine.node()];
    const streams = streamsAt(dead);
    await streams.admit(ada, response());
    await streams.admit(ada, response());
    dead.isAlive = false;

    expect(await streamsAt(node).admit(ada, response())).toBe(true);
  });

  it('are those of the node while the engine is away, and enter when it is back', async () => {
    vi.useFakeTimers();
    const engine = new ServiceOfNodes();
    const [one, other] = [engine.node(), engine.node()];
    const [here, there] = [streamsAt(one), streamsAt(other)];
    one.goAway();
    for (let count = 0; count < 3; count += 1) {
      expect(await here.admit(ada, response())).toBe(true);
    }
    expect(await there.admit(ada, response())).toBe(true);
    one.comeBack();
    await vi.advanceTimersByTimeAsync(5_000);

    expect(await there.admit(ada, response())).toBe(false);
  });

  it('enter again after a loss of data, and are renewed before they fall out', async () => {
    vi.useFakeTimers();
    const engine = new ServiceOfNodes();
    const node = engine.node();
    const streams = streamsAt(node);
    await streams.admit(ada, response());
    await streams.admit(ada, response());
    engine.loseData();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await streamsAt(engine.node()).admit(ada, response())).toBe(false);

    await vi.advanceTimersByTimeAsync(60 * 60_000);
    expect(await streamsAt(engine.node()).admit(ada, response())).toBe(false);
  });
});
