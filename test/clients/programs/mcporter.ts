import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClientDriver, ClientHandle, ClientUse } from '../client-driver.js';
import { succeeded } from './succeeded.js';

/** mcporter: a command for each call. */
export const mcporter: ClientDriver = {
  eras: ['2025'],
  async open(use) {
    await mkdir(join(use.home, 'config'), { recursive: true });
    const config = { mcpServers: { notes: { url: use.url } }, imports: [] };
    await writeFile(join(use.home, 'config/mcporter.json'), JSON.stringify(config));
    return new Mcporter(use);
  },
};

class Mcporter implements ClientHandle {
  constructor(private readonly use: ClientUse) {}

  async signIn(): Promise<void> {
    await this.#run(['auth', 'notes']);
    if (this.use.browser.visits.length === 0) await this.call('echo', { message: 'in' });
  }

  async list(): Promise<readonly string[]> {
    const { tools } = JSON.parse(await this.#run(['list', 'notes', '--json']));
    return tools.map((tool: { name: string }) => tool.name);
  }

  call(tool: string, input: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#run(['call', `notes.${tool}`, '--args', JSON.stringify(input)]);
  }

  async close(): Promise<void> {}

  async #run(args: readonly string[]): Promise<string> {
    const program = join(this.use.folder, 'node_modules/mcporter/dist/cli.js');
    return succeeded(await this.use.run(this.use.node, [program, ...args]));
  }
}
