import { join } from 'node:path';
import type { ClientDriver } from '../client-driver.js';
import { Agent, NOT_LISTED } from './agent.js';
import { succeeded } from './succeeded.js';
import { runInTerminal } from './terminal.js';

/** Claude Code, with a model at `ANTHROPIC_BASE_URL`. */
export const claudeCode: ClientDriver = {
  eras: ['2026'],
  cannot: { 'step-up': NOT_LISTED },
  async open(use) {
    const claude = new ClaudeCode(use);
    await claude.start();
    return claude;
  },
};

class ClaudeCode extends Agent {
  async start(): Promise<void> {
    await this.model.start();
    const add = ['mcp', 'add', '--transport', 'http', 'notes', this.use.url];
    succeeded(await this.use.run(this.#program, add, { env: this.#env }));
  }

  async signIn(): Promise<void> {
    const login = [this.#program, 'mcp', 'login', 'notes'];
    succeeded(await runInTerminal(this.use, login, { env: this.#env }));
    // It connects with its first task.
    await this.list();
  }

  protected async prompt(): Promise<void> {
    const args = ['--print', '--model', 'scripted', '--allowedTools', 'mcp__notes', '--', 'go'];
    succeeded(await this.use.run(this.#program, args, { env: this.#env }));
  }

  protected isOfServer(offered: string): boolean {
    return offered.startsWith('mcp__notes__');
  }

  get #program(): string {
    return join(this.use.folder, 'node_modules/.bin/claude');
  }

  get #env(): Readonly<Record<string, string>> {
    return {
      ANTHROPIC_BASE_URL: this.model.url,
      ANTHROPIC_API_KEY: 'unused',
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      ENABLE_TOOL_SEARCH: 'false',
    };
  }
}
