import { toNodeHandler } from '@modelcontextprotocol/node';
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server';
import { fastify } from 'fastify';
import { serveSubject } from '../subject.js';
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';
import { portOf } from './port.js';

/** The SDK as its documentation mounts it: a server with its tool for each request. No authentication. */
await serveSubject(async () => {
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'bench', version: '1.0.0' });
    server.registerTool(
      'echo',
      { description: ECHO_DESCRIPTION, inputSchema: EchoInput, outputSchema: Echo },
      ({ message }) => {
        const said = { message, timestamp: new Date().toISOString(), userId: 'nobody' };
        return { content: [{ type: 'text', text: JSON.stringify(said) }], structuredContent: said };
      },
    );
    return server;
  });
  const serve = toNodeHandler(handler);
  const app = fastify({ bodyLimit: 4 * 1024 * 1024 });
  app.all('/mcp', async (request, reply) => {
    reply.hijack();
    // A request that has arrived has a method, which the types do not say.
    await serve(request.raw as Parameters<typeof serve>[0], reply.raw, request.body);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: portOf(app.server) };
});
