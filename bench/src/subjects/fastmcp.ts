import { FastMCP, type Logger } from 'fastmcp';
import { serveSubject } from '../subject.js';
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';
import { freePort } from './port.js';

/** fastmcp by its documentation, with replies in JSON, which are the cheaper ones. No authentication. */
export function serveFastMcp({ stateless }: { readonly stateless: boolean }): Promise<void> {
  return serveSubject(async () => {
    const server = new FastMCP({ name: 'bench', version: '1.0.0', logger: SILENT });
    server.addTool({
      name: 'echo',
      description: ECHO_DESCRIPTION,
      parameters: EchoInput,
      outputSchema: Echo,
      execute: async ({ message }) => ({
        message,
        timestamp: new Date().toISOString(),
        userId: 'nobody',
      }),
    });
    const port = await freePort();
    await server.start({
      transportType: 'httpStream',
      httpStream: {
        port,
        host: '127.0.0.1',
        endpoint: '/mcp',
        stateless,
        enableJsonResponse: true,
      },
    });
    return { port };
  });
}

const SILENT: Logger = {
  debug: () => undefined,
  error: () => undefined,
  info: () => undefined,
  log: () => undefined,
  warn: () => undefined,
};
