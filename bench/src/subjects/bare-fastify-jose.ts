import { fastify } from 'fastify';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { serveSubject } from '../subject.js';
import { answersOfProcess, type BareCall } from './bare-answer.js';
import { BareChecks, BODY_LIMIT } from './bare-checks.js';
import { portOf } from './port.js';

/** The floor of a token's first sight: a route that verifies each token with jose and keeps nothing. */
await serveSubject(async (settings) => {
  const { issuer, baseURL } = settings;
  const host = new BareChecks(settings);
  const answers = answersOfProcess();
  const answer = await fetch(`${issuer}/.well-known/jwks.json`);
  const keys = createLocalJWKSet((await answer.json()) as JSONWebKeySet);
  const checks = { issuer, audience: `${baseURL}/mcp` };
  const app = fastify({ bodyLimit: BODY_LIMIT });
  app.post<{ Body: BareCall }>('/mcp', async (request, reply) => {
    if (!host.isServed(request.headers.host)) return reply.code(403).send({ error: 'host' });
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const verified = await jwtVerify(token, keys, checks).catch(() => undefined);
    if (!verified) return reply.code(401).send({ error: 'unauthorized' });
    for (const [name, value] of answers.headers) reply.header(name, value);
    return answers.bodyOf(request.body, verified.payload.sub);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: portOf(app.server) };
});
