import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { EmulatorCore } from '../../src/emulator/emulator-core.js';
import { BoundedStore } from '../../src/emulator/instance/bounded-store.js';
import { resolveSettings } from '../../src/emulator/resolve-settings.js';
import { OAuthTestClient } from './oauth-test-client.js';
import { StateTest } from './state-test.js';

const ADA = 'ada@example.com';
const test = new StateTest();

describe('Every store of the emulator', () => {
  /** Members of the core that hold nothing that lasts. */
  const OTHERS = new Set(['settings', 'instanceId', 'counters', 'faults']);

  it('takes part in the state', async () => {
    const stores: unknown[] = [];
    const restored = vi.spyOn(BoundedStore.prototype, 'onChange').mockImplementation(function (
      this: unknown,
    ) {
      stores.push(this);
    });
    const core = await EmulatorCore.create(resolveSettings({ seed: false }));
    const parts = core.lastingParts();
    for (const part of Object.values(parts)) part.onChange(() => undefined);
    restored.mockRestore();
    const names = Object.keys(parts);
    const missing = Object.keys(core).filter(
      (member) => !OTHERS.has(member) && !names.some((name) => name.split('.')[0] === member),
    );
    expect(missing, 'give it `get tables()` with its stores').toEqual([]);
    // A store that a member has beside its tables would be forgotten: each one is named in its source.
    expect(stores.length).toBe(await storesInSource());
  });

  it('holds JSON', async () => {
    const emulator = await test.start({ clientIdMetadataDocuments: true });
    const client = new OAuthTestClient(emulator);
    await client.exchange(await client.code());
    await client.browser.get(client.authorizationUrl({ prompt: 'login' }));
    emulator.apiKeys.create({ name: 'ci', subject: ADA });
    emulator.externalAccounts.connect({ user: ADA, provider: 'google' });
    const snapshots = vi.spyOn(JSON, 'stringify');
    emulator.users.update(ADA, { firstName: 'A' });
    await emulator.close();
    const written = snapshots.mock.calls
      .map(([value]) => value as { parts?: unknown } | undefined)
      .findLast((value) => value?.parts);
    snapshots.mockRestore();
    expect(JSON.parse(JSON.stringify(written))).toEqual(written);
  });

  /** The number of stores that the classes of the core create, or are. */
  async function storesInSource(): Promise<number> {
    const root = join(import.meta.dirname, '../../src/emulator');
    const sources = (await readdir(root, { recursive: true })).filter((one) => one.endsWith('.ts'));
    const texts = await Promise.all(sources.map((one) => readFile(join(root, one), 'utf8')));
    return texts
      .flatMap(
        (text) =>
          text.match(
            /new (?:Bounded|Credential)Store\(|class \w+ extends (?:Bounded|Credential)Store/g,
          ) ?? [],
      )
      .filter((found) => !found.includes('class CredentialStore')).length;
  }
});
