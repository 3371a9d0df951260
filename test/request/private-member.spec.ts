import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createPrivateMember } from '../../src/request/private-member.js';

describe('createPrivateMember', () => {
  it('keeps the last value per object', () => {
    const member = createPrivateMember<string>();
    const [one, other] = [{}, new IncomingMessage(new Socket())];
    member.set(one, 'first');
    member.set(one, 'second');
    expect(member.get(one)).toBe('second');
    expect(member.get(other)).toBeUndefined();
    member.set(other, 'third');
    expect([member.get(one), member.get(other)]).toEqual(['second', 'third']);
  });

  it('creates a value once per object', () => {
    const member = createPrivateMember<string>();
    const created: object[] = [];
    const create = (holder: { readonly id: number }): string => {
      created.push(holder);
      return `of ${holder.id}`;
    };
    const [one, other] = [{ id: 1 }, { id: 2 }];
    const values = [one, other, one].map((holder) => member.getOrCreate(holder, create));
    expect(values).toEqual(['of 1', 'of 2', 'of 1']);
    expect(created).toEqual([one, other]);
    expect(member.get(one)).toBe('of 1');
  });

  it('keeps apart what several members hold', () => {
    const [member, another] = [createPrivateMember<string>(), createPrivateMember<string>()];
    const holder = {};
    member.set(holder, 'mine');
    another.set(holder, 'theirs');
    expect([member.get(holder), another.get(holder)]).toEqual(['mine', 'theirs']);
  });

  it('is found by nobody who looks at the object', () => {
    const member = createPrivateMember<string>();
    const holder = { id: 1 };
    member.set(holder, 'hidden');
    expect(Reflect.ownKeys(holder)).toEqual(['id']);
    expect(inspect(holder, { showHidden: true, depth: null })).not.toContain('hidden');
    expect(JSON.stringify(holder)).not.toContain('hidden');
    expect(member.get({ ...holder })).toBeUndefined();
    expect(member.get(structuredClone(holder))).toBeUndefined();
  });
});
