import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from 'mcp-handler';
import { serveSubject } from '../subject.js';
import { addEcho } from './official-sdk-server.js';
import { listen } from './port.js';

/**
 * Vercel's handler on the HTTP server of Node, through the SDK's adapter, as its documentation says for
 * servers that know no web `Request`. No authentication.
 */
await serveSubject(async () => {
  const handler = createMcpHandler(addEcho, { serverInfo: { name: 'bench', version: '1.0.0' } });
  const serve = toNodeHandler({ fetch: handler });
  return listen(
    createServer((request, response) => {
      // A request that has arrived has a method, which the types do not say.
      void serve(request as Parameters<typeof serve>[0], response);
    }),
  );
});
