import { describe, expect, it } from 'vitest';
import { isClerks } from './routes.js';
import { findOperation } from './operations.js';
import { clerkUnderTest, expectRefusal } from './support.js';

describe('Every route of the Backend API', () => {
  const clerk = clerkUnderTest();
  const backendRoutes = () =>
    clerk.routes
      .filter(isClerks)
      .map(({ method, url }) => ({ method, path: url.replace(/:\w+/g, 'unknown') }))
      .filter(({ method, path }) => findOperation(method, path)?.api === 'Backend API');

  it('refuses a wrong key', async () => {
    const routes = backendRoutes();
    expect(routes.length).toBeGreaterThan(20);
    for (const { method, path } of routes) {
      expectRefusal(
        await clerk.call(method, path, { key: 'sk_test_wrong' }),
        401,
        'clerk_key_invalid',
      );
    }
  });
});
