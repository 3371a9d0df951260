import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { ClientDriver } from '../client-driver.js';
import { Agent, NOT_LISTED } from './agent.js';
import { succeeded } from './succeeded.js';
import { startInTerminal } from './terminal.js';

/** Gemini CLI, with a model at `GOOGLE_GEMINI_BASE_URL`. */
export const geminiCli: ClientDriver = {
  eras: ['2025'],
  cannot: { 'step-up': NOT_LISTED },
  async open(use) {
    const agent = new GeminiCli(use);
    await agent.start();
    return agent;
  },
};

class GeminiCli extends Agent {
  async start(): Promise<void> {
    await this.model.start();
    const { home, url } = this.use;
    await mkdir(join(home, '.gemini'), { recursive: true });
    await mkdir(this.#project, { recursive: true });
    const settings = {
      mcpServers: { notes: { httpUrl: url, trust: true } },
      security: { auth: { selectedType: 'gemini-api-key' } },
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
    };
    await writeFile(join(home, '.gemini/settings.json'), JSON.stringify(settings));
  }

  /** The command is one of its own prompt: it is typed. */
  async signIn(): Promise<void> {
    const { node } = this.use;
    const terminal = startInTerminal(
      this.use,
      [node, this.#program, '--model', MODEL],
      this.#settings,
    );
    await terminal.printed(/Type your message/);
    await wait(BETWEEN_KEYS);
    terminal.write('/mcp auth notes');
    await wait(BETWEEN_KEYS);
    terminal.write('\r');
    await terminal.printed(/Opening authentication page/);
    await wait(BETWEEN_KEYS);
    terminal.write('\r');
    const [, failure] = await terminal.printed(SIGNED_IN);
    await terminal.stop();
    if (failure !== undefined) throw new Error(failure);
  }

  protected async prompt(): Promise<void> {
    const args = [this.#program, '--model', MODEL, '--approval-mode', 'yolo', '--prompt', 'go'];
    succeeded(await this.use.run(this.use.node, args, this.#settings));
  }

  protected isOfServer(offered: string): boolean {
    return offered.startsWith('mcp_notes_');
  }

  get #program(): string {
    return join(this.use.folder, 'node_modules/.bin/gemini');
  }

  /** A folder that is not its home: it keeps the settings of a user and of a project apart. */
  get #project(): string {
    return join(this.use.home, 'project');
  }

  get #settings() {
    return {
      cwd: this.#project,
      env: {
        GEMINI_API_KEY: 'unused',
        GOOGLE_GEMINI_BASE_URL: this.model.url,
        GEMINI_CLI_TRUST_WORKSPACE: 'true',
        TERM: 'xterm-256color',
      },
    };
  }
}

const SIGNED_IN = /Successfully authenticated|Failed to authenticate with MCP server 'notes': (.*)/;
/** It takes what comes faster than a person types for something pasted, which Enter does not send. */
const BETWEEN_KEYS = 1_500;
/** With a model that is named it asks no other which one to take. */
const MODEL = 'gemini-2.5-flash';
