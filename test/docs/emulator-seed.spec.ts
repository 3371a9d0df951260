import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseEmulatorSeed, startClerkEmulator } from '../../src/emulator/index.js';

it('the seed of docs/emulator.md starts an emulator', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/emulator.md'), 'utf8');
  const seed = parseEmulatorSeed(JSON.parse(/^```json\n(.*?)^```$/ms.exec(page)?.[1] ?? ''));
  await using emulator = await startClerkEmulator({ seed });
  expect(emulator.accounts).toMatchObject([
    { emailAddress: 'lin@example.com', organization: { slug: 'looms', role: 'org:admin' } },
  ]);
  expect(emulator.apiKeys.findBySecret('ak_ci')).toMatchObject({ name: 'ci' });
  expect(emulator.machines.findBySecretKey('ak_worker')).toMatchObject({ id: 'mch_worker' });
  expect(emulator.faults.active()).toEqual({ users: { kind: 'slow', milliseconds: 200 } });
  emulator.reset();
  expect(emulator.oauthApplications.find('web')).toMatchObject({ name: 'Web', public: true });
});
