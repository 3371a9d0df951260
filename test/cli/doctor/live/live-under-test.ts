import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, vi } from 'vitest';
import {
  type ClerkEmulator,
  type ClerkEmulatorOptions,
  startClerkEmulator,
} from '../../../../src/emulator/index.js';
import type { LiveFileContent } from '../../../../src/cli/live-file.js';
import { PageDriver } from '../../../emulator/page-driver.js';
import { signingKey } from '../../../support/signing-key.js';
import { type CommandRun, type CommandSurroundings, runCommand } from '../../fake-terminal.js';

export const RESOURCE = 'http://127.0.0.1:3000/mcp';
export const CLIENT_DOCUMENT = 'https://client.example.com/oauth/metadata.json';

/** An emulator in the place of a Clerk instance, on a clock that `doctor --live` can turn. */
export interface LiveUnderTest {
  readonly emulator: ClerkEmulator;
  readonly environment: Readonly<Record<string, string>>;
  /** Runs `doctor --live --yes`; the person allows everything. */
  examine(surroundings?: CommandSurroundings, args?: readonly string[]): Promise<ExaminedInstance>;
}

export interface ExaminedInstance extends CommandRun {
  /** The result file. */
  readonly file: string;
  /** Its content; absent if none was written. */
  readonly content: LiveFileContent;
  readonly text: string;
}

export async function liveUnderTest(options: ClerkEmulatorOptions = {}): Promise<LiveUnderTest> {
  const clock = { offset: 0 };
  const now = () => Date.now() + clock.offset;
  const emulator = await startClerkEmulator({
    signingKey: signingKey(),
    resources: [RESOURCE],
    now,
    ...options,
  });
  const folder = await mkdtemp(join(tmpdir(), 'doctor-live-'));
  onTestFinished(async () => {
    await emulator.close();
    await rm(folder, { recursive: true });
  });
  const environment = {
    CLERK_SECRET_KEY: emulator.secretKey,
    CLERK_PUBLISHABLE_KEY: emulator.publishableKey,
    CLERK_FRONTEND_API: emulator.url,
    CLERK_API_URL: emulator.url,
  };
  const file = join(folder, 'live.json');
  return {
    emulator,
    environment,
    examine: async (surroundings = {}, args = ['--yes']) => {
      const all = ['doctor', '--live', '--url', RESOURCE, '--env-file', '/dev/null', '--out', file];
      const run = await runCommand([...all, ...args], {
        environment,
        now,
        wait: async (duration) => void (clock.offset += duration),
        open: (url) => void walk(emulator.url, url).catch(() => undefined),
        ...surroundings,
      });
      const text = await readFile(file, 'utf8').catch(() => '{}');
      return { ...run, file, text, content: JSON.parse(text) as LiveFileContent };
    },
  };
}

/** The person: signs in, allows, and stays in the window while the check sends it on. */
export async function walk(
  issuer: string,
  first: string,
  answers: Parameters<PageDriver['authorize']>[1] = {},
): Promise<string> {
  const browser = new PageDriver(issuer);
  let url = first;
  for (;;) {
    const callback = await browser.authorize(url, answers);
    const response = await fetch(callback, { redirect: 'manual' });
    const next = response.headers.get('location');
    if (next === null) return response.text();
    url = next;
  }
}

/** A spy that is set up again and again must not call itself. */
const realFetch = globalThis.fetch;

/** Publishes a client metadata document, for the check and for the emulator. */
export function publishClientDocument({ emulator }: LiveUnderTest): void {
  const document = {
    client_id: CLIENT_DOCUMENT,
    client_name: 'A client by its URL',
    redirect_uris: ['http://127.0.0.1:33418/callback'],
    token_endpoint_auth_method: 'none',
  };
  emulator.clientMetadata.set(CLIENT_DOCUMENT, document);
  const spy = vi
    .spyOn(globalThis, 'fetch')
    .mockImplementation(async (url, init) =>
      url === CLIENT_DOCUMENT ? Response.json(document) : realFetch(url, init),
    );
  onTestFinished(() => spy.mockRestore());
}

/** Applications that are left in the instance beside the one of the emulator itself. */
export function applicationsLeft(emulator: ClerkEmulator): readonly string[] {
  const names = emulator.oauthApplications.list().map(({ name }) => name);
  return names.filter((name) => name !== 'Local application');
}

/** The check of this name in the result. */
export function checkOf({ content }: ExaminedInstance, name: string) {
  const found = content.checks.find((check) => check.name === name);
  expect(found, name).toBeDefined();
  return found;
}

/** Runs with other answers of one endpoint: `after` the request arrived, `not` at all, or these. */
export async function replacing<T>(
  path: string,
  method: string | undefined,
  run: () => Promise<T>,
  answer: 'after' | 'not' | (() => Response),
): Promise<T> {
  const { fetch } = globalThis;
  const spy = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const { pathname, search } = new URL(String(url));
    const isMeant =
      method === 'DELETE' ? pathname.startsWith(path) : (pathname + search).startsWith(path);
    const isExact = method !== undefined || path.endsWith('?') || pathname === path;
    if (!isMeant || !isExact || (method !== undefined && init?.method !== method))
      return fetch(url, init);
    if (answer === 'after') await fetch(url, init);
    if (typeof answer === 'function') return answer();
    throw new TypeError('fetch failed');
  });
  try {
    return await run();
  } finally {
    spy.mockRestore();
  }
}
