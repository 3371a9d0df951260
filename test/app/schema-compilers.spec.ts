import { createRequire } from 'node:module';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { describe, expect, it } from 'vitest';
import { createAdapter } from '../../src/app/app.setup.js';

const COMPILERS = /@fastify[\\/](ajv-compiler|fast-json-stringify-compiler)[\\/]index\.js$/;
const { cache } = createRequire(import.meta.url);
const compilers = () => Object.keys(cache).filter((file) => COMPILERS.test(file));

describe('createAdapter', () => {
  it('loads the compilers of schemas with the first schema', async () => {
    // Other specs of this process may have loaded them.
    for (const file of compilers()) Reflect.deleteProperty(cache, file);
    const server: FastifyInstance = createAdapter({ trustProxy: false }).getInstance();
    server.get('/', () => 'answer');
    await server.ready();
    expect(compilers()).toHaveLength(0);
    await server.close();
    const other: FastifyInstance = createAdapter({ trustProxy: false }).getInstance();
    addRoute(other);
    await other.ready();
    expect(compilers()).toHaveLength(2);
    await other.close();
  });

  it.each([
    ['a right request', { 'x-count': '1' }, { id: '7' }],
    ['a header in another case', { 'X-COUNT': '2' }, { id: '7' }],
    ['a wrong header', { 'x-count': 'many' }, { id: '7' }],
    ['no header', {}, { id: '7' }],
    ['a wrong body', { 'x-count': '1' }, { name: 'seven' }],
  ])('answers %s by the schemas of a route as Fastify does', async (_what, headers, payload) => {
    const servers: FastifyInstance[] = [
      createAdapter({ trustProxy: false }).getInstance(),
      new FastifyAdapter().getInstance(),
    ];
    const answers = await Promise.all(
      servers.map(async (server) => {
        addRoute(server);
        await server.register(async (scope) => addRoute(scope), { prefix: '/scope' });
        const urls = ['/', '/scope/'];
        const sent = urls.map((url) => server.inject({ method: 'POST', url, headers, payload }));
        const replies = await Promise.all(sent);
        await server.close();
        return replies.map(({ statusCode, body }) => ({ statusCode, body }));
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
  });
});

/** Headers as a person writes them, coerced numbers, and an answer without the fields that it hides. */
function addRoute(server: FastifyInstance): void {
  const schema = {
    headers: {
      type: 'object',
      properties: { 'X-Count': { type: 'integer' } },
      required: ['X-Count'],
    },
    body: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
    response: { 200: { type: 'object', properties: { count: { type: 'integer' } } } },
  };
  server.post('/', { schema }, ({ headers }) => ({ count: headers['x-count'], hidden: true }));
}
