import { beforeEach, describe, expect, it } from 'vitest';
import { CallsInFlight } from '../../../src/mcp/server/calls-in-flight.js';
import { SessionDirectory } from '../../../src/mcp/server/session-directory.js';
import { ownerKey } from '../../../src/request/principal.js';
import { principal } from '../fixtures.js';

type Closable = { close(): Promise<void> };

const alice = principal('alice');
const bob = principal('bob');
const MINUTE = 60_000;

describe('SessionDirectory', () => {
  let now = 0;
  let closed: string[] = [];
  let handedOver: string[] = [];
  let directory: SessionDirectory<Closable>;

  beforeEach(() => {
    now = 1_000_000;
    [closed, handedOver] = [[], []];
    directory = create();
  });

  function create(
    limits: { max?: number; maxPerPrincipal?: number } = {},
  ): SessionDirectory<Closable> {
    return new SessionDirectory<Closable>(
      { idleMs: 10 * MINUTE, max: 10, maxPerPrincipal: 3, graceMs: 5_000, ...limits },
      () => now,
    );
  }

  function add(id: string, owner?: ReturnType<typeof principal>, address?: string): void {
    directory.add({
      id,
      owner: ownerKey(owner),
      principal: owner,
      address,
      events: {
        mayResumeFrom: () => true,
        handOver: () => handedOver.push(id),
        resumeAt: () => undefined,
      },
      server: {
        close: async () => {
          closed.push(id);
        },
      },
      transport: {
        handleRequest: async () => new Response(),
        calls: new CallsInFlight(),
        closeStandaloneStream: () => undefined,
        cut: () => undefined,
        receiveAnswer: () => undefined,
        streamOpenedElsewhere: () => undefined,
      },
    });
  }

  const has = (id: string, who?: typeof alice) => directory.find(id, who) !== undefined;

  it('shows a session to its owner, also with a refreshed credential', () => {
    add('s', alice);
    expect(has('s', alice)).toBe(true);
    expect(has('s', { ...alice, scopes: ['new'], expiresAt: 5 })).toBe(true);
  });

  it('hides a session from everybody else', () => {
    add('s', alice);
    expect(has('s', bob)).toBe(false);
    expect(has('s')).toBe(false);
    expect(has('s', { ...alice, clientId: 'other' })).toBe(false);
    expect(has('s', { ...alice, issuer: 'https://other.test' })).toBe(false);
    expect(has('unknown', alice)).toBe(false);
  });

  it('keeps an anonymous session from those who sign in without having been asked to', () => {
    add('s');
    expect(has('s', alice)).toBe(false);
    expect(has('s')).toBe(true);
  });

  it('hands an anonymous session over once, to whoever signs in after the challenge', () => {
    add('s');
    directory.markChallenged('s');
    expect(has('s'), 'still anonymous').toBe(true);
    expect(has('s', alice)).toBe(true);
    expect(has('s', bob)).toBe(false);
    expect(has('s')).toBe(false);
    directory.markChallenged('s');
    expect(has('s', bob), 'a challenge to an owned session changes nothing').toBe(false);
    expect(has('s', alice)).toBe(true);
  });

  it('hands a session over for ten minutes after a challenge, and not a moment longer', () => {
    add('s');
    directory.markChallenged('s');
    now += 10 * MINUTE;
    expect(has('s', alice)).toBe(false);
    expect(has('s'), 'it stays with its opener').toBe(true);
    directory.markChallenged('s');
    now += 10 * MINUTE - 1;
    expect(has('s', alice)).toBe(true);
  });

  it('ends what the anonymous opener has open when a session changes hands, once', () => {
    add('s');
    const session = directory.find('s', undefined);
    const ended: string[] = [];
    if (session) directory.markInUse(session, () => ended.push('stream'));
    if (session) directory.markInUse(session, () => ended.push('over'))();
    directory.markChallenged('s');
    expect([ended, handedOver]).toEqual([[], []]);
    directory.find('s', alice);
    expect([ended, handedOver]).toEqual([['stream'], ['s']]);
    directory.find('s', alice);
    expect(handedOver).toEqual(['s']);
  });

  it('counts a person once, through whatever clients and in whatever organization', () => {
    const clients = ['one', 'two', 'three', 'four'].map((clientId) => ({ ...alice, clientId }));
    for (const client of clients) add(`of ${client.clientId}`, client);
    expect(closed).toEqual(['of one']);
    add('elsewhere', { ...alice, organization: { id: 'org_1' } });
    expect(closed).toEqual(['of one', 'of two']);
    expect(has('of three', clients[1]), 'the session is not that of another client').toBe(false);
    add('foreign', { ...alice, issuer: 'https://other.test' });
    expect(closed, 'another issuer names other people').toHaveLength(2);
  });

  it('gives one address a quarter of what anonymous callers share, where it is known', () => {
    directory = create({ max: 16 });
    for (const id of ['a', 'b', 'c']) add(id, undefined, '192.0.2.1');
    expect(closed).toEqual(['a']);
    for (const id of ['d', 'e']) add(id, undefined, '192.0.2.2');
    for (const id of ['f', 'g', 'h', 'i']) add(id);
    expect(closed, 'those without one have no such share').toEqual(['a']);
    add('j', undefined, '192.0.2.1');
    expect(closed, 'its own gives way before those of others').toEqual(['a', 'b']);
    for (const id of ['k', 'l']) add(id, alice, '192.0.2.1');
    expect(closed, 'who is signed in has a share of their own').toEqual(['a', 'b']);
  });

  it('takes a challenge of an unknown session calmly', () => {
    directory.markChallenged('unknown');
    expect(directory.size).toBe(0);
  });

  it('closes the least recently used session of an owner with too many', () => {
    for (const id of ['a', 'b', 'c']) add(id, alice);
    add('x', bob);
    directory.find('a', alice);
    add('d', alice);
    expect(closed).toEqual(['b']);
    expect(has('b', alice)).toBe(false);
    expect([has('a', alice), has('c', alice), has('d', alice), has('x', bob)]).not.toContain(false);
  });

  it('holds the cap when sessions are handed over, too', () => {
    for (const id of ['a', 'b', 'c']) add(id, alice);
    add('s');
    directory.markChallenged('s');
    expect(has('s', alice)).toBe(true);
    expect(closed).toEqual(['a']);
    add('d', alice);
    expect(closed).toEqual(['a', 'b']);
  });

  it('gives all anonymous callers together half of the room', () => {
    for (let id = 0; id < 6; id += 1) add(`anonymous ${id}`);
    expect(closed).toEqual(['anonymous 0']);
    expect(directory.size).toBe(5);
    expect(directory.hasRoom).toBe(true);
  });

  it('is full at its maximum', () => {
    directory = create({ max: 2 });
    add('a', alice);
    expect(directory.hasRoom).toBe(true);
    add('b', bob);
    expect(directory.hasRoom).toBe(false);
    directory.remove('a');
    expect(directory.hasRoom).toBe(true);
  });

  it('closes what has idled for too long, and nothing else', () => {
    add('idle', alice);
    add('used', alice);
    add('listening', bob);
    const listening = directory.find('listening', bob);
    if (listening) directory.markInUse(listening);
    now += 6 * MINUTE;
    directory.find('used', alice);
    now += 6 * MINUTE;
    directory.sweep();
    expect(closed).toEqual(['idle']);
    expect(directory.size).toBe(2);
  });

  it('lets a session idle from the end of its last exchange', () => {
    add('s', alice);
    const session = directory.find('s', alice);
    if (!session) throw new Error('no session');
    const releases = [directory.markInUse(session), directory.markInUse(session)];
    now += 60 * MINUTE;
    directory.sweep();
    releases.forEach((release) => release());
    now += 9 * MINUTE;
    directory.sweep();
    expect(closed).toEqual([]);
    now += 2 * MINUTE;
    directory.sweep();
    expect(closed).toEqual(['s']);
  });

  it('does not bring back a session whose exchange ends after it was closed', () => {
    add('s', alice);
    const session = directory.find('s', alice);
    const release = session && directory.markInUse(session);
    directory.remove('s');
    release?.();
    expect(directory.size).toBe(0);
    expect(has('s', alice)).toBe(false);
  });

  it('counts back to nothing, however sessions end', async () => {
    for (const id of ['a', 'b', 'c', 'd']) add(id, alice);
    for (const id of ['e', 'f']) add(id);
    directory.markChallenged('e');
    directory.find('e', bob);
    directory.remove('a');
    directory.remove('b');
    directory.remove('b');
    now += 60 * MINUTE;
    directory.sweep();
    expect(directory.size).toBe(0);
    expect(Reflect.get(Reflect.get(directory, 'shares'), 'counts')).toEqual(new Map());
    for (const id of ['g', 'h', 'i', 'j']) add(id, alice);
    expect(directory.size, 'the cap is whole again').toBe(3);
    await directory.closeAll();
    expect(directory.size).toBe(0);
    expect(Reflect.get(Reflect.get(directory, 'shares'), 'counts')).toEqual(new Map());
    expect(closed.toSorted()).toEqual(['a', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']);
  });

  it('survives a session that cannot be closed', async () => {
    const server = { close: () => Promise.reject(new Error('stuck')) };
    const transport = {
      handleRequest: async () => new Response(),
      calls: new CallsInFlight(),
      closeStandaloneStream() {},
      cut() {},
      receiveAnswer() {},
      streamOpenedElsewhere() {},
    };
    const events = { mayResumeFrom: () => true, handOver() {}, resumeAt() {} };
    const stuck = {
      id: 'stuck',
      owner: undefined,
      principal: undefined,
      server,
      transport,
      events,
    };
    directory.add(stuck);
    now += 60 * MINUTE;
    directory.sweep();
    directory.add(stuck);
    await expect(directory.closeAll()).resolves.toBeUndefined();
  });
});
