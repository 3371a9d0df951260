import { expect, it } from 'vitest';
import { startClerkEmulator } from '../../../src/emulator/index.js';
import { recorded, sdkOf } from './support.js';

it('clerk.testingTokens creates tokens that expire, in seconds', async () => {
  const now = Date.parse('2026-03-01T00:00:00Z');
  const emulator = await startClerkEmulator({ now: () => now });
  const testingTokens = recorded(sdkOf(emulator).testingTokens);
  const one = await testingTokens.api.createTestingToken();
  const other = await testingTokens.api.createTestingToken();
  // The SDK gives the answer as it is.
  expect(one).toMatchObject({ expires_at: now / 1_000 + 3_600 });
  expect(one.token).toMatch(/^\d{10}-c_\w{27}$/);
  expect(other.token).not.toBe(one.token);
  expect(testingTokens.uncalled()).toEqual([]);
  await emulator.close();
});
