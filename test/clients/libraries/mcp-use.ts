import { join } from 'node:path';
import type { ClientDriver, ClientUse } from '../client-driver.js';
import type { ProgramResult } from '../drive/program.js';

/** `mcp-use client`, the client of the command line: each command connects anew. */
export const mcpUse: ClientDriver = {
  eras: ['2025', '2026'],
  async open(use) {
    const run = (...args: readonly string[]) => runClient(use, args);
    return {
      async signIn() {
        const protocol = use.era === '2026' ? 'auto' : 'legacy';
        await run('connect', 'server', use.url, '--protocol', protocol);
        if (use.browser.visits.length > 0) return undefined;
        await run('server', 'auth', 'login');
        return 'needs `mcp-use client NAME auth login`';
      },
      async list() {
        const { stdout } = await run('server', 'tools', 'list', '--json');
        return [...stdout.matchAll(/"name": *"([^"]+)"/g)].map(([, name = '']) => name);
      },
      async call(tool, input) {
        const { stdout } = await run('server', 'tools', 'call', tool, JSON.stringify(input));
        return stdout;
      },
      close: async () => undefined,
    };
  },
};

async function runClient(use: ClientUse, args: readonly string[]): Promise<ProgramResult> {
  const script = join(use.folder, 'node_modules/mcp-use/dist/bin.js');
  const result = await use.run(use.node, [script, 'client', ...args]);
  if (result.late) throw new Error(`mcp-use client ${args[1] ?? args[0]} does not end`);
  if (result.code !== 0) throw new Error(result.stderr.trim() || result.stdout.trim());
  return result;
}
