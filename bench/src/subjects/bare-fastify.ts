import { fastify } from 'fastify';
import { serveSubject } from '../subject.js';
import { answersOfProcess, SESSION, type BareCall } from './bare-answer.js';
import { BareChecks, BODY_LIMIT } from './bare-checks.js';
import { portOf } from './port.js';

/** The floor: a route that checks the host and a cached token, and gives the answer of its model. */
await serveSubject(async (settings) => {
  const checks = new BareChecks(settings);
  const answers = answersOfProcess();
  const app = fastify({ bodyLimit: BODY_LIMIT });
  app.post<{ Body: BareCall }>('/mcp', async (request, reply) => {
    const { headers, body } = request;
    if (!checks.isServed(headers.host)) return reply.code(403).send({ error: 'host' });
    const userId = await checks.userOf(headers.authorization);
    if ((userId === undefined) !== answers.refuses) {
      return reply.code(401).send({ error: 'unauthorized' });
    }
    reply.code(answers.status);
    for (const [name, value] of answers.headers) reply.header(name, value);
    const session = answers.sessionOf(body, headers[SESSION]);
    if (session !== undefined) reply.header(SESSION, session);
    return answers.bodyOf(body, userId);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: portOf(app.server) };
});
