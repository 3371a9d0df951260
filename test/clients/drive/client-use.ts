import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ClientUse, Era } from '../client-driver.js';
import type { Subject } from '../subjects/subject.js';
import type { Log } from './log.js';
import { RunningProgram, runProgram, type ProgramSettings } from './program.js';
import { ScriptedBrowser } from './scripted-browser.js';

/** What a use needs. */
export interface UseSettings {
  readonly subject: Subject;
  readonly era: Era;
  readonly folder: string;
  readonly node: string;
  readonly log: Log;
}

/** Prepares a home and a browser for one client that has never been used. */
export async function startUse(
  settings: UseSettings,
): Promise<ClientUse & { stop(): Promise<void> }> {
  const { subject, era, folder, node, log } = settings;
  const home = await mkdtemp(join(tmpdir(), 'client-'));
  const browser = new ScriptedBrowser(log);
  await browser.start();
  const bin = join(home, 'bin');
  await browser.install(bin);
  const env = await environmentOf(home, [bin, join(folder, 'node_modules', '.bin'), dirname(node)]);
  const started: RunningProgram[] = [];
  const optionsOf = (given: ProgramSettings = {}) => ({
    ...given,
    cwd: given.cwd ?? home,
    env: { ...env, ...given.env },
  });
  return {
    url: subject.url,
    era,
    folder,
    home,
    node,
    browser,
    log,
    async createApplication(redirectUris) {
      const response = await fetch(`${subject.issuer}/__emulator/oauth_applications`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'From the dashboard', redirectUris, public: true }),
      });
      if (!response.ok) throw new Error(`no application: ${await response.text()}`);
      return ((await response.json()) as { clientId: string }).clientId;
    },
    run: (command, args, given) => runProgram(command, args, optionsOf(given), log),
    start(command, args, given) {
      const program = new RunningProgram(command, args, optionsOf(given), log);
      started.push(program);
      return program;
    },
    async stop() {
      await Promise.all(started.map((program) => program.stop()));
      await browser.stop();
      await rm(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function environmentOf(
  home: string,
  path: readonly string[],
): Promise<Record<string, string>> {
  const folders = {
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_CACHE_HOME: join(home, '.cache'),
    XDG_STATE_HOME: join(home, '.local', 'state'),
    TMPDIR: join(home, 'tmp'),
  };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true });
  return {
    ...folders,
    HOME: home,
    PATH: [...path, process.env['PATH'] ?? ''].join(':'),
    BROWSER: join(home, 'bin', 'xdg-open'),
    LANG: 'C.UTF-8',
    NO_COLOR: '1',
    // Programs that look for a screen open no browser without one.
    DISPLAY: ':0',
  };
}
