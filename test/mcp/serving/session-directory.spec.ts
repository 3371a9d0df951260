import { beforeEach, describe, expect, it } from 'vitest';
import { SessionDirectory, ownerKey } from '../../../src/mcp/serving/session-directory.js';
import { principal } from '../fixtures.js';

type Closable = { close(): Promise<void> };

const alice = principal('alice');
const bob = principal('bob');
const MINUTE = 60_000;

describe('SessionDirectory', () => {
  let now = 0;
  let closed: string[] = [];
  let directory: SessionDirectory<Closable>;

  beforeEach(() => {
    now = 1_000_000;
    closed = [];
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

  function add(id: string, owner?: ReturnType<typeof principal>): void {
    directory.add({
      id,
      owner: ownerKey(owner),
      principal: owner,
      server: {
        close: async () => {
          closed.push(id);
        },
      },
      transport: {
        handleRequest: async () => new Response(),
        closeStandaloneSSEStream: () => undefined,
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
    if (listening) directory.hold(listening);
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
    const releases = [directory.hold(session), directory.hold(session)];
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
    const release = session && directory.hold(session);
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
    expect(Reflect.get(directory, 'counts')).toEqual(new Map());
    for (const id of ['g', 'h', 'i', 'j']) add(id, alice);
    expect(directory.size, 'the cap is whole again').toBe(3);
    await directory.closeAll();
    expect(directory.size).toBe(0);
    expect(Reflect.get(directory, 'counts')).toEqual(new Map());
    expect(closed.toSorted()).toEqual(['a', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']);
  });

  it('survives a session that cannot be closed', async () => {
    const server = { close: () => Promise.reject(new Error('stuck')) };
    const transport = { handleRequest: async () => new Response(), closeStandaloneSSEStream() {} };
    directory.add({ id: 'stuck', owner: undefined, principal: undefined, server, transport });
    now += 60 * MINUTE;
    directory.sweep();
    directory.add({ id: 'stuck', owner: undefined, principal: undefined, server, transport });
    await expect(directory.closeAll()).resolves.toBeUndefined();
  });
});
