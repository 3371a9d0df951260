import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientDriver } from '../client-driver.js';
import { Agent } from './agent.js';
import { signInFor } from './given-token.js';
import { succeeded } from './succeeded.js';

const OWN_PAGES = 'signs in in its own full-screen interface, so it is given a token';

/** Cline, with a model provider of its configuration and a header of its user. */
export const cline: ClientDriver = {
  eras: ['2025'],
  cannot: {
    discovery: OWN_PAGES,
    registration: OWN_PAGES,
    'sign-in': OWN_PAGES,
    refresh: OWN_PAGES,
    'step-up': OWN_PAGES,
  },
  async open(use) {
    const agent = new Cline(use);
    await agent.start();
    return agent;
  },
};

class Cline extends Agent {
  readonly isGivenToken = true;

  async start(): Promise<void> {
    await this.model.start();
    const base = `${this.model.url}/v1`;
    const model = ['--provider', 'openai', '--apikey', 'unused', '--modelid', 'scripted'];
    succeeded(await this.#run(['auth', ...model, '--baseurl', base]));
  }

  async signIn(): Promise<void> {
    const { accessToken } = await signInFor(this.use);
    const header = ['--header', `Authorization: Bearer ${accessToken}`];
    const server = ['notes', this.use.url, '--transport', 'streamableHttp', '--yes'];
    succeeded(await this.#run(['mcp', 'install', ...server, ...header]));
    await this.call('echo', { message: 'in' });
  }

  protected async prompt(): Promise<void> {
    succeeded(await this.#run(['please go']));
  }

  protected isOfServer(offered: string): boolean {
    return offered.startsWith('notes');
  }

  /** It leaves a server behind, in a process group of its own. */
  override async close(): Promise<void> {
    await super.close();
    for (const pid of await processesAtHome(this.use.home)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
  }

  #run(args: readonly string[]) {
    return this.use.run(join(this.use.folder, 'node_modules/.bin/cline'), args);
  }
}

/** The processes whose `HOME` is this folder, which no other client has. Linux tells them. */
async function processesAtHome(home: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found: number[] = [];
  for (const pid of pids) {
    const environment = await readFile(join('/proc', pid, 'environ'), 'utf8').catch(() => '');
    if (environment.split('\0').includes(`HOME=${home}`)) found.push(Number(pid));
  }
  return found;
}
