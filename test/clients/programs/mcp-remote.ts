import { join } from 'node:path';
import type { ClientDriver, ClientHandle, ClientUse } from '../client-driver.js';
import { freePort } from '../../support/free-port.js';
import { StdioPeer } from './stdio-peer.js';

/** mcp-remote stands between a client that knows stdio only and a server: it signs in for it. */
export const mcpRemote: ClientDriver = {
  eras: ['2025'],
  async open(use) {
    return new McpRemote(use, String(await freePort()));
  },
};

class McpRemote implements ClientHandle {
  #peer: StdioPeer | undefined;

  constructor(
    private readonly use: ClientUse,
    private readonly port: string,
  ) {}

  async signIn(): Promise<void> {
    await this.reconnect();
    if (this.use.browser.visits.length === 0) await this.call('echo', { message: 'in' });
  }

  async reconnect(): Promise<void> {
    await this.close();
    const { folder, node, url } = this.use;
    const proxy = join(folder, 'node_modules/mcp-remote/dist/proxy.js');
    const args = [proxy, url, this.port];
    this.#peer = new StdioPeer(this.use.start(node, args, { keepInput: true, env: ENVIRONMENT }));
    await this.#peer.initialize();
  }

  list(): Promise<readonly string[]> {
    return this.#connected.list();
  }

  call(tool: string, input: Readonly<Record<string, unknown>>): Promise<string> {
    return this.#connected.call(tool, input);
  }

  async close(): Promise<void> {
    await this.#peer?.program.stop();
    this.#peer = undefined;
  }

  get #connected(): StdioPeer {
    if (this.#peer === undefined) throw new Error('not connected');
    return this.#peer;
  }
}

/** Its own `xdg-open` takes the browser of the desktop, if there is one. */
const ENVIRONMENT = { DISPLAY: '' };
