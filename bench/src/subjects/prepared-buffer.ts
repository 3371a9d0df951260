import { fastify } from 'fastify';
import { serveSubject } from '../subject.js';
import { BareChecks, BODY_LIMIT } from './bare-checks.js';
import { portOf } from './port.js';

/** A list that costs nothing to make: so many tools in a body of so many bytes, made at the start. */
const [tools, bytes] = process.argv.slice(2).map(Number);
const body = preparedList(tools ?? 0, bytes ?? 0);

await serveSubject(async (settings) => {
  const checks = new BareChecks(settings);
  const app = fastify({ bodyLimit: BODY_LIMIT });
  app.post('/mcp', async (request, reply) => {
    if (!checks.isServed(request.headers.host)) return reply.code(403).send({ error: 'host' });
    const userId = await checks.userOf(request.headers.authorization);
    if (userId === undefined) return reply.code(401).send({ error: 'unauthorized' });
    return reply.type('application/json').send(body);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: portOf(app.server) };
});

function preparedList(count: number, size: number): Buffer {
  const list = Array.from({ length: count }, (_, at) => ({ name: `echo_${at}` }));
  const bodyOf = (padding: string) =>
    Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 0, result: { tools: list, padding } }));
  return bodyOf('x'.repeat(Math.max(0, size - bodyOf('').length)));
}
