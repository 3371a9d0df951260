import { fastify } from 'fastify';
import { serveSubject } from '../subject.js';
import { bareAnswer, type BareCall } from './bare-answer.js';
import { portOf } from './port.js';
import { Verdicts } from './verdicts.js';

/** The floor: a route that checks a cached token and sends a body as long as that of an MCP answer. */
await serveSubject(async (settings) => {
  const verdicts = new Verdicts(settings);
  const app = fastify({ bodyLimit: 4 * 1024 * 1024 });
  app.post<{ Body: BareCall }>('/mcp', async (request, reply) => {
    const userId = await verdicts.userOf(request.headers.authorization);
    if (userId === undefined) return reply.code(401).send({ error: 'unauthorized' });
    return bareAnswer(request.body, userId);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: portOf(app.server) };
});
