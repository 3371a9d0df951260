import { join } from 'node:path';
import type { ClientDriver, ClientUse } from '../client-driver.js';
import { freePort } from '../../support/free-port.js';
import type { RunningProgram } from '../drive/program.js';
import { StdioClient } from './stdio-peer.js';

/** mcp-remote stands between a client that knows stdio only and a server: it signs in for it. */
export const mcpRemote: ClientDriver = {
  eras: ['2025'],
  async open(use) {
    return new McpRemote(use, String(await freePort()));
  },
};

class McpRemote extends StdioClient {
  constructor(
    private readonly use: ClientUse,
    private readonly port: string,
  ) {
    super();
  }

  async signIn(): Promise<void> {
    await this.reconnect();
    if (this.use.browser.visits.length === 0) await this.call('echo', { message: 'in' });
  }

  protected start(): RunningProgram {
    const { folder, node, url } = this.use;
    const proxy = join(folder, 'node_modules/mcp-remote/dist/proxy.js');
    return this.use.start(node, [proxy, url, this.port], { keepInput: true, env: ENVIRONMENT });
  }
}

/** Its own `xdg-open` takes the browser of the desktop, if there is one. */
const ENVIRONMENT = { DISPLAY: '' };
