import { describe, expect, it } from 'vitest';
import { CallerShares, type Sharer, sharesOf } from '../../src/access/caller-shares.js';
import { subjectKey } from '../../src/request/principal.js';
import { oauth } from './support.js';

const alice: Sharer = { principal: oauth({ subject: 'user_alice' }) };
const bob: Sharer = { principal: oauth({ subject: 'user_bob' }) };
const anonymous = (address?: string): Sharer => ({ principal: undefined, address });

const create = () => new CallerShares({ person: 2, anonymous: 6 });

describe('CallerShares', () => {
  it('gives each subject a share of its own', () => {
    const shares = create();
    shares.take(alice);
    expect(shares.exhausted(alice)).toEqual([]);
    shares.take(alice);
    expect(shares.exhausted(alice)).toEqual(sharesOf(alice));
    expect(shares.exhausted(bob)).toEqual([]);
  });

  it('counts a subject once, whichever client and organization it uses', () => {
    const shares = create();
    shares.take({ principal: oauth({ subject: 'user_alice', clientId: 'client_1' }) });
    shares.take({
      principal: oauth({
        subject: 'user_alice',
        clientId: 'client_2',
        organization: { id: 'org_1' },
      }),
    });
    expect(shares.exhausted(alice)).toHaveLength(1);
  });

  it('counts a subject that is known by its key only', () => {
    const shares = create();
    const subject = alice.principal && subjectKey(alice.principal);
    shares.take({ principal: undefined, subject, address: '192.0.2.1' });
    shares.take(alice);
    expect(shares.exhausted(alice)).toEqual([subject]);
    expect(shares.exhausted(anonymous('192.0.2.1'))).toEqual([]);
  });

  it('gives all anonymous callers one share together', () => {
    const shares = create();
    for (let taken = 0; taken < 5; taken += 1) shares.take(anonymous(`192.0.2.${taken}`));
    expect(shares.exhausted(anonymous('192.0.2.9'))).toEqual([]);
    shares.take(anonymous());
    expect(shares.exhausted(anonymous('192.0.2.9'))).toEqual(sharesOf(anonymous()));
    expect(shares.exhausted(anonymous())).toEqual(sharesOf(anonymous()));
    expect(shares.exhausted(alice), 'who is signed in has another share').toEqual([]);
  });

  it('gives a single address a quarter of the anonymous share, rounded up', () => {
    const shares = create();
    shares.take(anonymous('192.0.2.1'));
    expect(shares.exhausted(anonymous('192.0.2.1'))).toEqual([]);
    shares.take(anonymous('192.0.2.1'));
    expect(shares.exhausted(anonymous('192.0.2.1'))).toHaveLength(1);
    expect(shares.exhausted(anonymous('192.0.2.2'))).toEqual([]);
    expect(shares.exhausted(anonymous()), 'an address that cannot be trusted').toEqual([]);
  });

  it('tells how many each share has', () => {
    const shares = new CallerShares({ person: 7, anonymous: 41 });
    const capsOf = (sharer: Sharer) => sharesOf(sharer).map((share) => shares.capOf(share));
    expect(capsOf(alice)).toEqual([7]);
    expect(capsOf(anonymous())).toEqual([41]);
    expect(capsOf(anonymous('192.0.2.1'))).toEqual([41, 11]);
  });

  it('has room again after a release, and after no more than was taken', () => {
    const shares = create();
    for (const each of [alice, alice, bob]) shares.take(each);
    shares.release(alice);
    expect(shares.exhausted(alice)).toEqual([]);
    shares.take(alice);
    expect(shares.exhausted(alice)).toHaveLength(1);
    for (let time = 0; time < 3; time += 1) shares.release(bob);
    for (let time = 0; time < 2; time += 1) shares.take(bob);
    expect(shares.exhausted(bob), 'a release too many gives no room').toHaveLength(1);
  });

  it('forgets everybody when it is cleared', () => {
    const shares = create();
    for (let taken = 0; taken < 2; taken += 1) shares.take(alice);
    shares.clear();
    expect(shares.exhausted(alice)).toEqual([]);
  });
});
