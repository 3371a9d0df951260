import { Controller, Get, UseGuards } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { startClerkApp } from '../../support/clerk-app.js';
import type { TestService } from '../../support/service.js';
import { CALLERS } from './callers.js';
import { OnlyAda, POLICIES, declare } from './entries.js';

@Controller('rest')
@UseGuards(ClerkAuthGuard)
class Routes {}
for (const { name, decorators } of POLICIES) {
  declare(Routes, `read ${name}`, [Get(name), ...decorators], () => 'done');
}

let service: TestService;
beforeAll(async () => {
  service = await startClerkApp([OnlyAda], {
    controllers: [Routes],
    clerk: {
      acceptedTokens: ['oauth_token', 'session_token', 'api_key', 'm2m_token'],
      scopeHierarchy: { 'notes:write': ['notes:read'] },
    },
  });
});
afterAll(() => service.stop());

describe.each(CALLERS)('On ordinary routes, $name', (caller) => {
  it('may use what a tool under the same policy would let them use', async () => {
    const token = await caller.token(service);
    const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
    const usable: string[] = [];
    for (const { name } of POLICIES) {
      const { status } = await fetch(`${service.baseURL}/rest/${name}`, { headers });
      expect([200, 401, 403]).toContain(status);
      expect(status === 401, 'whoever is signed in is not asked to').toBe(!token && status !== 200);
      if (status === 200) usable.push(name);
    }
    expect(usable).toEqual(POLICIES.filter(({ lets }) => lets(caller)).map(({ name }) => name));
  });
});
