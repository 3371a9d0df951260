import { expect, it } from 'vitest';
import { checkNodeVersion } from '../../../../src/cli/doctor/production/check-node-version.js';

it.each([
  ['v20.20.2', '2026-04-29', 'warning', 'gets security updates until 2026-04-30'],
  ['v20.20.2', '2026-04-30', 'failure', 'has had no security updates since 2026-04-30'],
  ['v22.12.0', '2026-11-29', 'ok', 'until 2027-04-30'],
  ['v22.12.0', '2027-03-01', 'warning', 'until 2027-04-30'],
  ['v24.1.0', '2028-05-01', 'failure', 'since 2028-04-30'],
  ['v23.3.0', '2025-01-01', 'warning', 'not a line with long-term support'],
  ['v26.0.0', '2026-11-29', 'ok', 'newer than the dates'],
  ['v16.20.0', '2026-11-29', 'warning', 'not a line with long-term support'],
])('says of Node.js %s on %s: %s', (version, day, status, message) => {
  const check = checkNodeVersion(version, Date.parse(day));
  expect(check).toMatchObject({ status, message: expect.stringContaining(message) });
  expect(check.cure === undefined).toBe(status === 'ok');
});
