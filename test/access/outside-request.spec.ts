import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { protectedBy } from '../../src/access/access-rule.js';
import { requirement } from '../../src/access/requirement.js';
import { CallScope } from '../../src/request/authentication.js';
import type { Principal } from '../../src/request/principal.js';
import { control, oauth } from './support.js';

class Scopes extends CallScope {
  readonly storage = new AsyncLocalStorage<Principal | undefined>();
  readonly requests: object[] = [];

  override run<T>(request: object, principal: Principal | undefined, callback: () => T): T {
    this.requests.push(request);
    return this.storage.run(principal, callback);
  }
}

const listener = oauth({ subject: 'user_listener', expiresAt: Infinity });
const sender = oauth({ subject: 'user_sender', expiresAt: Infinity });

async function start() {
  const scopes = new Scopes();
  const access = await control({}, [{ provide: CallScope, useValue: scopes }]);
  const seen: (string | undefined)[] = [];
  const policy = requirement.policy(async () => {
    seen.push(scopes.storage.getStore()?.subject);
    return true;
  });
  return { scopes, access, seen, rule: protectedBy(requirement.tokens('oauth_token'), policy) };
}

describe('a decision for a caller without a current request', () => {
  it('is taken in the scope of this caller, not of the one that caused the event', async () => {
    const { scopes, access, seen, rule } = await start();
    await scopes.storage.run(sender, async () => {
      expect(await access.decideOutsideRequest(rule, listener)).toEqual({ allowed: true });
      expect(await access.decideOutsideRequest(rule, listener)).toEqual({ allowed: true });
    });
    expect(seen).toEqual(['user_listener', 'user_listener']);
    expect(new Set(scopes.requests).size, 'a request of its own for each').toBe(2);
  });

  it('is explained in the scope of this caller, too', async () => {
    const { scopes, access, seen, rule } = await start();
    await scopes.storage.run(sender, () => access.explain(rule, listener));
    expect(seen).toEqual(['user_listener', 'user_listener']);
    expect(scopes.requests).toHaveLength(1);
  });

  it('opens no scope for a rule without a policy', async () => {
    const { scopes, access } = await start();
    const rule = protectedBy(requirement.tokens('oauth_token'));
    expect(access.decideOutsideRequest(rule, listener)).toEqual({ allowed: true });
    expect((await access.explain(rule, listener)).decision).toEqual({ allowed: true });
    expect(scopes.requests).toEqual([]);
  });

  it('is taken without a scope where no module provides one', async () => {
    const rule = protectedBy(requirement.policy(({ principal }) => principal === listener));
    const access = await control();
    expect(await access.decideOutsideRequest(rule, listener)).toEqual({ allowed: true });
    expect(await access.decideOutsideRequest(rule, sender)).toMatchObject({ allowed: false });
  });
});
