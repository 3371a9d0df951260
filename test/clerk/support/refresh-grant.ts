import { ModuleRef } from '@nestjs/core';
import { ClsServiceManager } from 'nestjs-cls';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import type { Backplane } from '../../../src/backplane/backplane.js';
import { InProcessBackplane } from '../../../src/backplane/in-process-backplane.js';
import { createClient } from '../../../src/clerk/api/clerk.client.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { RequestScope } from '../../../src/clerk/http/request-scope.js';
import { ClerkRefreshGrant } from '../../../src/clerk/oauth/clerk-refresh-grant.js';
import { resolveClerkOptions } from '../../../src/clerk/resolve-clerk-options.js';
import { FakeClerk, type FakeAnswer } from './fake-clerk.js';

/** Path of the token endpoint. */
export const TOKEN = '/oauth/token';

const NO_REQUEST = new RequestScope(
  ClsServiceManager.getClsService(),
  Object.create(ModuleRef.prototype) as ModuleRef,
);

/** One Clerk for the specs of a file, and grants that ask it outside of a request. */
export class RefreshGrants {
  clerk!: FakeClerk;

  create(
    options: Partial<ClerkAuthOptions> = {},
    backplane: Backplane = new InProcessBackplane(),
  ): ClerkRefreshGrant {
    const resolved = resolveClerkOptions(this.clerk.options(options));
    return new ClerkRefreshGrant(resolved, createClient(resolved), NO_REQUEST, backplane);
  }

  /** Answers of the token endpoint. */
  serve(answer: FakeAnswer): void {
    this.clerk.on(TOKEN, () => answer);
  }
}

export function useRefreshGrants(): RefreshGrants {
  const grants = new RefreshGrants();
  beforeAll(async () => {
    grants.clerk = await FakeClerk.start();
  });
  afterAll(() => grants.clerk.close());
  beforeEach(() => grants.clerk.reset());
  return grants;
}
