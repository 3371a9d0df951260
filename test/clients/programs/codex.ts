import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientDriver } from '../client-driver.js';
import { Agent, NOT_LISTED } from './agent.js';
import { succeeded } from './succeeded.js';

/** Codex, with a model provider of its configuration. */
export const codex: ClientDriver = {
  eras: ['2025'],
  cannot: { 'step-up': NOT_LISTED },
  async open(use) {
    const agent = new Codex(use);
    await agent.start();
    return agent;
  },
};

class Codex extends Agent {
  async start(): Promise<void> {
    await this.model.start();
    await mkdir(join(this.use.home, '.codex'), { recursive: true });
    await writeFile(join(this.use.home, '.codex/config.toml'), configOf(this.model.url));
  }

  /** It looks for a sign-in while it adds the server, and begins it at once. */
  async signIn(): Promise<void> {
    succeeded(await this.#run(['mcp', 'add', 'notes', '--url', this.use.url]));
    if (this.use.browser.visits.length === 0) succeeded(await this.#run(['mcp', 'login', 'notes']));
    // It connects with its first task.
    await this.list();
  }

  protected async prompt(): Promise<void> {
    const unattended = '--dangerously-bypass-approvals-and-sandbox';
    // Without this the first question to the model may come before the tools.
    const required = ['--config', 'mcp_servers.notes.required=true'];
    succeeded(await this.#run(['exec', '--skip-git-repo-check', unattended, ...required, 'go']));
  }

  protected isOfServer(offered: string): boolean {
    return offered.startsWith('mcp__notes');
  }

  #run(args: readonly string[]) {
    return this.use.run(join(this.use.folder, 'node_modules/.bin/codex'), args);
  }
}

const configOf = (model: string) => `
model = "scripted"
model_provider = "scripted"
mcp_oauth_credentials_store = "file"

[model_providers.scripted]
name = "scripted"
base_url = "${model}/v1"
wire_api = "responses"
`;
