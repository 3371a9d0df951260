import { join } from 'node:path';
import type { ClientDriver, ClientHandle, ClientUse, Era } from '../client-driver.js';
import { NOT_LISTED } from './agent.js';
import { freePort } from '../../support/free-port.js';
import { lastWords, succeeded } from './succeeded.js';

/** The command line of MCP Inspector: a command for each request. */
export const inspector: ClientDriver = {
  eras: ['2025', '2026'],
  cannot: { 'step-up': NOT_LISTED },
  async open(use) {
    return new Inspector(use, await freePort());
  },
};

class Inspector implements ClientHandle {
  constructor(
    private readonly use: ClientUse,
    private readonly port: number,
  ) {}

  async signIn(): Promise<void> {
    await this.list();
    if (this.use.browser.visits.length === 0) await this.call('echo', { message: 'in' });
  }

  async list(): Promise<readonly string[]> {
    const { tools } = await this.#ask(['--method', 'tools/list']);
    return tools.map((tool: { name: string }) => tool.name);
  }

  async call(tool: string, input: Readonly<Record<string, unknown>>): Promise<string> {
    const args = ['--tool-name', tool, '--tool-args-json', JSON.stringify(input)];
    const { content, isError } = await this.#ask(['--method', 'tools/call', ...args]);
    const text = content.map((block: { text?: string }) => block.text ?? '').join('\n');
    if (isError === true) throw new Error(text);
    return text;
  }

  async close(): Promise<void> {}

  async #ask(args: readonly string[]): Promise<any> {
    const { era, folder, node, url } = this.use;
    const program = join(folder, 'node_modules/.bin/mcp-inspector');
    const callback = `http://127.0.0.1:${this.port}/oauth/callback`;
    const fixed = ['--cli', url, '--protocol-era', ERAS[era], '--callback-url', callback];
    const quiet = ['--quiet', '--format', 'json'];
    const settings = { env: ENVIRONMENT };
    const result = await this.use.run(node, [program, ...fixed, ...quiet, ...args], settings);
    const [line] = /^\{.*\}$/m.exec(succeeded(result)) ?? [];
    if (line === undefined)
      throw new Error(`no answer: ${lastWords(result.stdout, result.stderr)}`);
    const answer = JSON.parse(line);
    return answer.result ?? answer;
  }
}

const ERAS: Readonly<Record<Era, string>> = { '2025': 'legacy', '2026': 'modern' };
/**
 * It signs in without a terminal, and keeps its tokens from one command to the next. Its own `xdg-open`
 * takes the browser of the desktop, if there is one.
 */
const ENVIRONMENT = {
  MCP_AUTO_OPEN_ENABLED: 'true',
  MCP_INSPECTOR_SECRET_STORE: 'file',
  DISPLAY: '',
};
