import { randomUUID } from 'node:crypto';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
import { fastify } from 'fastify';
import { serveSubject } from '../subject.js';
import { officialSdkServer } from './official-sdk-server.js';
import { portOf } from './port.js';

/**
 * The SDK with a server and a transport for each session, with replies in JSON, which are the cheaper
 * ones. No authentication.
 */
await serveSubject(async () => {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
  const app = fastify({ bodyLimit: 4 * 1024 * 1024 });
  app.all('/mcp', async (request, reply) => {
    const id = request.headers['mcp-session-id'];
    const session = typeof id === 'string' ? sessions.get(id) : await openSession();
    if (!session) return reply.code(404).send({ error: 'no such session' });
    reply.hijack();
    await session.handleRequest(request.raw, reply.raw, request.body);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: portOf(app.server) };

  async function openSession(): Promise<NodeStreamableHTTPServerTransport> {
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: () => randomUUID(),
      enableJsonResponse: true,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await officialSdkServer().connect(transport);
    return transport;
  }
});
