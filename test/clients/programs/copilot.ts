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
  eras: ['2026'],
  cannot: { 'step-up': NOT_LISTED },
  async open(use) {
    const agent = new Copilot(use, PAUSE);
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

  /** It connects and signs in as soon as a person opens it in a terminal; else the person calls the tool. */
  async signIn(): Promise<void> {
    const terminal = startInTerminal(this.use, [this.#program], this.#settings);
    if (!(await this.#getsTokens()) && this.use.browser.visits.length === 0) {
      this.model.expect({ tool: 'echo', input: { message: 'in' } });
      terminal.write('go');
      await wait(BETWEEN_KEYS);
      terminal.write('\r');
      await this.#getsTokens();
    }
    await terminal.stop();
    const { length } = this.use.browser.visits;
    if (length > 0 && !(await this.#hasTokens())) throw new Error('keeps no token');
  }

  async #getsTokens(): Promise<boolean> {
    const deadline = Date.now() + SIGN_IN_PATIENCE;
    while (!(await this.#hasTokens()) && Date.now() < deadline) await wait(LOOK_AGAIN);
    return this.#hasTokens();
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

/** Its conversation begins before it has connected, with the tools that it knows from the last time. */
const PAUSE = { tool: 'bash', input: { command: 'sleep 5', description: 'Wait' } };
const SIGN_IN_PATIENCE = 60_000;
/** What comes faster than a person types may count as pasted. */
const BETWEEN_KEYS = 1_500;
const LOOK_AGAIN = 200;
