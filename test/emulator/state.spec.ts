import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EmulatorCore } from '../../src/emulator/emulator-core.js';
import {
  type ClerkEmulator,
  type ClerkEmulatorOptions,
  seedFromState,
  startClerkEmulator,
} from '../../src/emulator/index.js';
import { BoundedStore } from '../../src/emulator/instance/bounded-store.js';
import { resolveSettings } from '../../src/emulator/resolve-settings.js';
import { eventually } from '../support/within.js';
import { OAuthTestClient } from './oauth-test-client.js';

const ADA = 'ada@example.com';

let folder: string;
let file: string;
let notices: string[];
let running: ClerkEmulator[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emulator-state-'));
  file = join(folder, 'kept', 'emulator.json');
  notices = [];
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((one) => one.close()));
  await rm(folder, { recursive: true });
});

async function start(options: ClerkEmulatorOptions = {}): Promise<ClerkEmulator> {
  const notify = (message: string): void => void notices.push(message);
  const emulator = await startClerkEmulator({ stateFile: file, notify, ...options });
  running.push(emulator);
  return emulator;
}

/** Stops an emulator and starts another one with its file. */
async function restart(
  emulator: ClerkEmulator,
  options: ClerkEmulatorOptions = {},
): Promise<ClerkEmulator> {
  await emulator.close();
  return start(options);
}

describe('The state of an emulator', () => {
  it.each(['jwt', 'opaque'] as const)(
    'keeps a client signed in, with %s tokens',
    async (format) => {
      const first = await start({ accessTokenFormat: format });
      const client = new OAuthTestClient(first);
      const scope = 'profile email offline_access';
      const tokens = (await client.exchange(await client.code({ scope }))).body;
      const next = await restart(first, { accessTokenFormat: format });
      expect(next.url).toBe(first.url);
      expect((await client.userinfo(tokens['access_token'])).status).toBe(200);
      const refreshed = await client.refresh(tokens['refresh_token']);
      expect(refreshed.status).toBe(200);
      // The rotation lasts as well: the first refresh token is of no use any more.
      await restart(next, { accessTokenFormat: format });
      expect((await client.refresh(refreshed.body['refresh_token'])).status).toBe(200);
      expect((await client.refresh(tokens['refresh_token'])).body['error']).toBe('invalid_grant');
      expect(notices).toEqual([]);
    },
  );

  it('keeps the browser signed in, and an authorization that was under way', async () => {
    const first = await start();
    const client = new OAuthTestClient(first);
    const code = await client.code();
    const next = await restart(first);
    expect((await client.exchange(code)).status).toBe(200);
    // Nobody signs in again: the pages ask for the consent at most.
    const page = await client.browser.follow(await client.browser.get(client.authorizationUrl()));
    expect(page.status === 200 ? await page.text() : '').not.toContain('action="/sign-in"');
    expect(next.keys.currentKeyId).toBe(first.keys.currentKeyId);
  });

  it('keeps everything that stores hold, its keys, its switches and its scopes', async () => {
    const first = await start();
    first.scopes.define('notes:read', 'Read notes');
    const { id } = first.users.create({ emailAddress: 'lin@example.com' });
    const machine = first.machines.create({ name: 'worker' });
    const { token } = first.machines.createToken({ machine: machine.id });
    const key = first.apiKeys.create({ name: 'ci', subject: id });
    first.configure({ accessTokenFormat: 'opaque' });
    await first.keys.rotate();
    const { keys, secretKey, webhooks } = first;
    const jwks = keys.jwks();
    const next = await restart(first);
    expect(next.users.get('lin@example.com').id).toBe(id);
    expect(next.apiKeys.findBySecret(key.secret)?.id).toBe(key.id);
    expect(next.machines.findBySecretKey(machine.secretKey)?.id).toBe(machine.id);
    expect(next.machines.findToken(token)?.subject).toBe(machine.id);
    expect(next.keys.jwks()).toEqual(jwks);
    expect(next.secretKey).toBe(secretKey);
    expect(next.webhooks.signingSecret).toBe(webhooks.signingSecret);
    expect(next.scopes.describe('notes:read')).toBe('Read notes');
    expect(await next.issue.oauthAccessToken({ user: ADA })).toMatch(/^oat_/);
    // A reset restores the seed, and that lasts too.
    next.reset();
    const last = await restart(next);
    expect(last.users.find('lin@example.com')).toBeUndefined();
    expect(last.accounts).toHaveLength(3);
  });

  it('prefers an option that changed to a switch of the file', async () => {
    const first = await start({ rotateRefreshTokens: true });
    first.configure({ rotateRefreshTokens: false, alwaysRefreshToken: true });
    const next = await restart(first, { rotateRefreshTokens: false });
    next.configure({ rotateRefreshTokens: true });
    const last = await restart(next, { alwaysRefreshToken: true, rotateRefreshTokens: false });
    const { switches } = (await (await fetch(`${last.url}/__emulator`)).json()) as {
      switches: object;
    };
    expect(switches).toMatchObject({ rotateRefreshTokens: true, alwaysRefreshToken: true });
  });

  it('goes on with the time: what has expired meanwhile is dropped', async () => {
    let time = Date.now();
    const now = () => time;
    const first = await start({ now, lifetimes: { refreshToken: 60, authorizationCode: 10 } });
    const client = new OAuthTestClient(first);
    const scope = 'email offline_access';
    const tokens = (await client.exchange(await client.code({ scope }))).body;
    const code = await client.code({ scope });
    await first.close();
    time += 11_000;
    const next = await start({ now, lifetimes: { refreshToken: 60, authorizationCode: 10 } });
    expect((await client.exchange(code)).body['error']).toBe('invalid_grant');
    const refreshed = await client.refresh(tokens['refresh_token']);
    expect(refreshed.status).toBe(200);
    await next.close();
    time += 61_000;
    await start({ now, lifetimes: { refreshToken: 60, authorizationCode: 10 } });
    expect((await client.refresh(refreshed.body['refresh_token'])).body['error']).toBe(
      'invalid_grant',
    );
    await running.at(-1)?.close();
    const { content } = JSON.parse(await readFile(file, 'utf8'));
    expect(content.parts['grants.refreshTokens']).toEqual([]);
    expect(content.parts.codes).toEqual([]);
  });

  it('is written before a response, whole, for its owner only', async () => {
    const emulator = await start();
    const register = async (index: number): Promise<void> => {
      const response = await fetch(`${emulator.url}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          client_name: `Client ${index}`,
          redirect_uris: ['http://127.0.0.1/callback'],
          token_endpoint_auth_method: 'none',
        }),
      });
      const { client_id: clientId } = (await response.json()) as { client_id: string };
      // Each reader finds a whole file that has this client.
      const { content } = JSON.parse(await readFile(file, 'utf8'));
      expect(JSON.stringify(content.parts['oauthApplications.registered'])).toContain(clientId);
    };
    await Promise.all(Array.from({ length: 20 }, (_, index) => register(index)));
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readdir(join(folder, 'kept'))).toSorted()).toEqual([
      'emulator.json',
      'emulator.json.lock',
    ]);
    await emulator.close();
    expect(await readdir(join(folder, 'kept'))).toEqual(['emulator.json']);
  });

  it('is written soon after a change in the program', async () => {
    const emulator = await start();
    emulator.users.create({ emailAddress: 'lin@example.com' });
    await eventually(async () => expect(await readFile(file, 'utf8')).toContain('lin@example.com'));
  });

  it('contains no secret that the emulator did not make', async () => {
    const secrets = {
      secretKey: 'sk_test_given_by_its_user',
      token: 'whsec_Z2l2ZW4gYnkgaXRzIHVzZXI=',
    };
    const emulator = await start({
      secretKey: secrets.secretKey,
      webhook: { url: 'http://127.0.0.1:9/', signingSecret: secrets.token },
    });
    emulator.apiKeys.create({ name: 'ci', subject: 'user_x', secret: 'ak_given_by_its_user' });
    await emulator.close();
    expect(await readFile(file, 'utf8')).not.toMatch(/given_by_its_user|Z2l2ZW4g/);
  });

  it.each([
    ['a live key', 'sk_live_abc', []],
    ['a configured key', 'sk_test_of_my_instance', ['sk_test_of_my_instance']],
  ])('is not written with %s', async (_what, key, configuredKeys) => {
    const emulator = await start({ configuredKeys });
    emulator.users.update(ADA, { privateMetadata: { key } });
    await emulator.close();
    expect(await readFile(file, 'utf8')).not.toContain(key);
    expect(notices).toEqual([expect.stringContaining('key of a real Clerk instance')]);
    expect(notices[0]).not.toContain(key);
  });

  it('is no longer written when it would be too large', async () => {
    const emulator = await start();
    const text = 'x'.repeat(9 * 1024 * 1024);
    for (const index of [1, 2, 3, 4]) {
      emulator.users.create({ emailAddress: `u${index}@example.com`, publicMetadata: { text } });
    }
    await emulator.close();
    expect(notices).toEqual([expect.stringMatching(/larger than 32 MB/)]);
    expect((await stat(file)).size).toBeLessThan(1024 * 1024);
  });
});

describe('A state file', () => {
  const valid = async (): Promise<string> => {
    await (await start()).close();
    return readFile(file, 'utf8');
  };

  it.each([
    ['that is cut off', (text: string) => text.slice(0, text.length / 2), /not a state/],
    ['that is empty', () => '', /not a state/],
    ['of another program', () => '{"name":"another","version":1}', /not a state/],
    ['that was edited', (text: string) => text.replace('Ada', 'Eve'), /damaged, or was edited/],
    [
      'of a newer version',
      (text: string) => text.replace('"version":1', '"version":2'),
      /newer version.*Update/,
    ],
    ['of an older version', (text: string) => text.replace('"version":1', '"version":0'), /older/],
  ])('%s is set aside, and says so', async (_what, change, message) => {
    const changed = change(await valid());
    await writeFile(file, changed);
    const emulator = await start();
    expect(emulator.accounts).toHaveLength(3);
    expect(emulator.state).toEqual({ file, isKept: true });
    expect(notices).toEqual([expect.stringMatching(message)]);
    const aside =
      (await readdir(join(folder, 'kept'))).find((one) => one.includes('unusable')) ?? '';
    expect(notices[0]).toContain(join(folder, 'kept', aside));
    expect(await readFile(join(folder, 'kept', aside), 'utf8')).toBe(changed);
    await restart(emulator);
    expect(notices).toHaveLength(1);
  });

  it('with content that no store can take is set aside', async () => {
    const { content, ...envelope } = JSON.parse(await valid());
    content.parts.keys = [{ kid: 'ins_x', jwk: { kty: 'RSA', n: 'x', d: 'y' } }];
    const { createHash } = await import('node:crypto');
    const checksum = createHash('sha256').update(JSON.stringify(content)).digest('base64url');
    await writeFile(file, JSON.stringify({ ...envelope, checksum, content }));
    const emulator = await start();
    expect(emulator.state?.isKept).toBe(true);
    expect(notices).toEqual([expect.stringContaining('does not fit this version')]);
  });

  it('that cannot be read or written leaves the emulator running', async () => {
    const emulator = await start({ stateFile: folder });
    expect(emulator.accounts).toHaveLength(3);
    expect(emulator.state?.isKept).toBe(false);
    expect(notices).toEqual([expect.stringContaining(`${folder} cannot be used`)]);
  });

  it('belongs to one emulator at a time', async () => {
    const first = await start();
    const second = await start();
    expect([first.state?.isKept, second.state?.isKept]).toEqual([true, false]);
    expect(notices).toEqual([expect.stringMatching(`in use by process ${process.pid}`)]);
    second.users.create({ emailAddress: 'lin@example.com' });
    await second.close();
    const next = await restart(first);
    expect(next.users.find('lin@example.com')).toBeUndefined();
    expect(next.state?.isKept).toBe(true);
  });

  it('is free again when its process was killed', async () => {
    await valid();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    await writeFile(`${file}.lock`, JSON.stringify({ pid: child.pid, started: null }));
    expect((await start()).state?.isKept).toBe(true);
    // A process that has the id of an earlier one is not the one that has the lock.
    await running.at(-1)?.close();
    await writeFile(`${file}.lock`, JSON.stringify({ pid: process.pid, started: 'earlier' }));
    expect((await start()).state?.isKept).toBe(true);
    expect(notices).toEqual([]);
  });

  it('says when its port is in use, and returns to it', async () => {
    const first = await start();
    const { port } = new URL(first.url);
    await first.close();
    const other = createServer().listen(Number(port), '127.0.0.1');
    await once(other, 'listening');
    const elsewhere = await start();
    expect(elsewhere.url).not.toBe(first.url);
    expect(notices).toEqual([expect.stringContaining(`signed in at ${first.url}`)]);
    await elsewhere.close();
    other.close();
    await once(other, 'close');
    expect((await start()).url).toBe(first.url);
    expect(notices).toHaveLength(1);
  });

  it('goes on when the seed changes, and says so until a reset', async () => {
    const first = await start();
    const seed = { users: [{ emailAddress: 'lin@example.com' }] };
    const next = await restart(first, { seed });
    expect(next.accounts).toHaveLength(3);
    expect(notices).toEqual([expect.stringContaining('began with another seed')]);
    next.reset();
    const last = await restart(next, { seed });
    expect(last.accounts.map(({ emailAddress }) => emailAddress)).toEqual(['lin@example.com']);
    expect(notices).toHaveLength(1);
  });

  it('is never touched in production', async () => {
    await expect(start({ environment: 'Production' })).rejects.toMatchObject({
      code: 'EMULATOR_IN_PRODUCTION',
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives a seed without an emulator', async () => {
    const first = await start();
    first.users.create({ emailAddress: 'lin@example.com' });
    first.configure({ accessTokenFormat: 'opaque' });
    const exported = first.exportSeed();
    await first.close();
    expect(await seedFromState(file)).toEqual(exported);
    await expect(seedFromState(join(folder, 'none.json'))).rejects.toMatchObject({
      code: 'EMULATOR_STATE',
    });
  });
});

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
    const emulator = await start({ clientIdMetadataDocuments: true });
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

it('A token that was issued before a restart says where', async () => {
  const emulator = await start();
  const token = await emulator.issue.oauthAccessToken({ user: ADA, format: 'jwt' });
  const next = await restart(emulator);
  expect(decodeJwt(token).iss).toBe(next.url);
});
