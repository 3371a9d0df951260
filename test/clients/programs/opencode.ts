import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientDriver } from '../client-driver.js';
import { Agent, NOT_LISTED } from './agent.js';
import { freePort } from '../../support/free-port.js';
import { succeeded } from './succeeded.js';
import { runInTerminal } from './terminal.js';

/** opencode, with a model provider of its configuration. */
export const opencode: ClientDriver = {
  eras: ['2025'],
  cannot: { 'step-up': NOT_LISTED },
  async open(use) {
    const agent = new OpenCode(use);
    await agent.start();
    return agent;
  },
};

class OpenCode extends Agent {
  async start(): Promise<void> {
    await this.model.start();
    const folder = join(this.use.home, '.config/opencode');
    await mkdir(this.#settings.cwd, { recursive: true });
    await mkdir(folder, { recursive: true });
    const config = {
      autoupdate: false,
      mcp: {
        notes: {
          type: 'remote',
          url: this.use.url,
          enabled: true,
          oauth: { callbackPort: await freePort() },
        },
      },
      provider: {
        scripted: {
          npm: '@ai-sdk/openai-compatible',
          name: 'scripted',
          options: { baseURL: `${this.model.url}/v1`, apiKey: 'unused' },
          models: { scripted: { name: 'scripted' } },
        },
      },
    };
    await writeFile(join(folder, 'opencode.json'), JSON.stringify(config));
  }

  async signIn(): Promise<void> {
    const auth = [this.#program, 'mcp', 'auth', 'notes'];
    succeeded(await runInTerminal(this.use, auth, this.#settings));
    if (this.use.browser.visits.length === 0) await this.call('echo', { message: 'in' });
  }

  protected async prompt(): Promise<void> {
    const args = ['run', '--model', 'scripted/scripted', 'go'];
    succeeded(await this.use.run(this.#program, args, this.#settings));
  }

  protected isOfServer(offered: string): boolean {
    return offered.startsWith('notes_');
  }

  /** A project, because it watches the files of its folder; and nothing that it fetches by itself. */
  get #settings() {
    const env = { OPENCODE_DISABLE_MODELS_FETCH: 'true', OPENCODE_DISABLE_LSP_DOWNLOAD: 'true' };
    return { cwd: join(this.use.home, 'project'), env };
  }

  get #program(): string {
    return join(this.use.folder, 'node_modules/.bin/opencode');
  }
}
