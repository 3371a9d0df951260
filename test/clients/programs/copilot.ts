import { existsSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientDriver } from '../client-driver.js';
import { Agent, NOT_LISTED } from './agent.js';
import { succeeded } from './succeeded.js';
import { startInTerminal } from './terminal.js';

/** GitHub Copilot CLI, offline: with a model at `COPILOT_PROVIDER_BASE_URL`. */
export const copilot: ClientDriver = {
  eras: ['2025'],
  cannot: { 'step-up': NOT_LISTED },
  async open(use) {
    const agent = new Copilot(use);
    await agent.start();
    return agent;
  },
};

class Copilot extends Agent {
  async start(): Promise<void> {
    await this.model.start();
    await mkdir(this.#settings.cwd, { recursive: true });
    const add = ['mcp', 'add', '--transport', 'http', 'notes', this.use.url];
    succeeded(await this.use.run(this.#program, add, this.#settings));
  }

  /** It connects and signs in as soon as a person opens it in a terminal. */
  async signIn(): Promise<void> {
    const terminal = startInTerminal(this.use, [this.#program], this.#settings);
    const deadline = Date.now() + SIGN_IN_PATIENCE;
    while (!(await this.#hasTokens()) && Date.now() < deadline) await wait(LOOK_AGAIN);
    await terminal.stop();
    if (!(await this.#hasTokens())) throw new Error('keeps no token');
  }

  protected async prompt(): Promise<void> {
    const args = ['--prompt', 'go', '--allow-all-tools'];
    succeeded(await this.use.run(this.#program, args, this.#settings));
  }

  protected isOfServer(offered: string): boolean {
    return offered.startsWith('notes-');
  }

  async #hasTokens(): Promise<boolean> {
    const folder = join(this.use.home, '.copilot/mcp-oauth-config');
    if (!existsSync(folder)) return false;
    return (await readdir(folder)).some((name) => name.endsWith('.tokens.json'));
  }

  get #program(): string {
    return join(this.use.folder, 'node_modules/.bin/copilot');
  }

  get #settings() {
    return {
      cwd: join(this.use.home, 'project'),
      env: {
        COPILOT_ALLOW_ALL: 'true',
        COPILOT_AUTO_UPDATE: 'false',
        COPILOT_MODEL: 'scripted',
        COPILOT_OFFLINE: 'true',
        COPILOT_PROVIDER_BASE_URL: `${this.model.url}/v1`,
        TERM: 'xterm-256color',
      },
    };
  }
}

const SIGN_IN_PATIENCE = 90_000;
const LOOK_AGAIN = 200;
