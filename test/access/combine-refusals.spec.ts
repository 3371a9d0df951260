import { describe, expect, it } from 'vitest';
import { combineAll, combineAny } from '../../src/access/combine-refusals.js';
import type { Refusal } from '../../src/access/refusal.js';

const forbidden = (description: string): Refusal => ({ reason: 'forbidden', description });
const missing = (...scopes: string[]): Refusal => ({ reason: 'insufficient_scope', scopes });
const verify: Refusal = { reason: 'reverification', reverification: 'lax' };
const outage: Refusal = { reason: 'unavailable', retryAfter: 5 };
const misconfigured: Refusal = { reason: 'misconfigured' };
const failed: Refusal = { reason: 'unavailable', retryAfter: 5, policy: 'Quota' };

describe('combineAll', () => {
  it('is met when every requirement is', () => {
    expect(combineAll([])).toBeUndefined();
    expect(combineAll([undefined])).toBeUndefined();
    expect(combineAll([undefined, undefined])).toBeUndefined();
  });

  it('keeps a single refusal as it is', () => {
    const refusal: Refusal = { reason: 'insufficient_scope', scopes: ['a'], clientAddsUp: true };
    expect(combineAll([refusal])).toBe(refusal);
  });

  it.each<Refusal>([
    { reason: 'unauthenticated' },
    { reason: 'token_expired' },
    { reason: 'invalid_token', description: 'Gone.' },
    { reason: 'forbidden', description: 'Not you.' },
  ])('refuses with $reason before anything that a client could wait or step up for', (final) => {
    expect(combineAll([undefined, missing('a'), outage, verify, final])).toBe(final);
  });

  it.each([[outage], [misconfigured], [failed]])(
    'requests no scopes while %j leaves it open whether they would help',
    (open) => {
      expect(combineAll([missing('a'), verify, open])).toBe(open);
    },
  );

  it('merges the missing scopes, each once, before a verification is asked for', () => {
    expect(combineAll([verify, missing('a', 'b'), undefined, missing('b', 'c')])).toEqual(
      missing('a', 'b', 'c'),
    );
  });

  it('asks for a verification when nothing else is missing', () => {
    expect(combineAll([undefined, verify, undefined])).toBe(verify);
  });
});

describe('combineAny', () => {
  it('is met when one alternative is, whatever the others need', () => {
    expect(combineAny([outage, missing('a'), undefined, forbidden('No.')])).toBeUndefined();
  });

  it.each([[outage], [misconfigured], [failed]])(
    'does not refuse for good while %j leaves it open whether one is met',
    (open) => {
      expect(combineAny([forbidden('No.'), missing('a'), verify, open])).toBe(open);
    },
  );

  it('has an outage of the authorization server before a policy that fails', () => {
    expect(combineAny([failed, outage])).toBe(outage);
    expect(combineAny([failed, misconfigured])).toBe(misconfigured);
  });

  it('asks for what the caller gets most easily: scopes, then a verification', () => {
    const scopes = missing('a');
    expect(combineAny([forbidden('No.'), verify, scopes])).toBe(scopes);
    expect(combineAny([forbidden('No.'), verify])).toBe(verify);
    const [first, second] = [forbidden('First.'), forbidden('Second.')];
    expect(combineAny([first, second])).toBe(first);
  });
});
