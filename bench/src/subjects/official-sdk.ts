import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { fastify } from 'fastify';
import { serveSubject } from '../subject.js';
import { officialSdkServer } from './official-sdk-server.js';
import { portOf } from './port.js';

/** The SDK as its documentation mounts it: a server with its tool for each request. No authentication. */
await serveSubject(async () => {
  const serve = toNodeHandler(createMcpHandler(officialSdkServer));
  const app = fastify({ bodyLimit: 4 * 1024 * 1024 });
  app.all('/mcp', async (request, reply) => {
    reply.hijack();
    // A request that has arrived has a method, which the types do not say.
    await serve(request.raw as Parameters<typeof serve>[0], reply.raw, request.body);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: portOf(app.server) };
});
