import type { FastifyInstance } from 'fastify';

/**
 * Lets clients that run in a browser read the endpoints. Any origin may, because none of them looks
 * at cookies.
 */
export function allowBrowserClients(app: FastifyInstance): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('access-control-allow-origin', '*');
    reply.header('access-control-expose-headers', 'WWW-Authenticate');
  });
  for (const url of ['/.well-known/*', '/oauth/*']) {
    app.options(url, async (_request, reply) =>
      reply
        .code(204)
        .header('access-control-allow-methods', 'GET, POST, OPTIONS')
        .header('access-control-allow-headers', 'Authorization, Content-Type, MCP-Protocol-Version')
        .header('access-control-max-age', '600')
        .send(),
    );
  }
}
