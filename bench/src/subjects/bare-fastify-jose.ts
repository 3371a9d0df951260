import { fastify } from 'fastify';
import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose';
import { serveSubject } from '../subject.js';
import { bareAnswer, type BareCall } from './bare-answer.js';
import { portOf } from './port.js';

/** The floor of a token's first sight: a route that verifies each token with jose and keeps nothing. */
await serveSubject(async ({ issuer, baseURL }) => {
  const answer = await fetch(`${issuer}/.well-known/jwks.json`);
  const keys = createLocalJWKSet((await answer.json()) as JSONWebKeySet);
  const checks = { issuer, audience: `${baseURL}/mcp` };
  const app = fastify({ bodyLimit: 4 * 1024 * 1024 });
  app.post<{ Body: BareCall }>('/mcp', async (request, reply) => {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const verified = await jwtVerify(token, keys, checks).catch(() => undefined);
    if (!verified) return reply.code(401).send({ error: 'unauthorized' });
    return bareAnswer(request.body, verified.payload.sub);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: portOf(app.server) };
});
