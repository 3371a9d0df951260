import { fastify } from 'fastify';
import { serveSubject } from '../subject.js';
import { portOf } from './port.js';
import { Verdicts } from './verdicts.js';

/**
 * The floor of {@link file://./answers.ts}: routes that check a cached token and send an answer that
 * another server has given, with its size, status and headers.
 *
 * @param argv JSON: answers by path, such as `{"/mcp/read": {"status": 200, "headers": {}, "body": {}}}`
 */
const answers = JSON.parse(process.argv[2] ?? '{}') as Record<string, Answer>;

await serveSubject(async (settings) => {
  const verdicts = new Verdicts(settings);
  const app = fastify({ bodyLimit: 4 * 1024 * 1024 });
  for (const [path, { status, headers, body }] of Object.entries(answers)) {
    app.post<{ Body: { readonly id?: unknown } }>(path, async (request, reply) => {
      const userId = await verdicts.userOf(request.headers.authorization).catch(() => undefined);
      if (userId === undefined && status !== 401) return reply.code(500).send({});
      void reply.code(status).headers(headers);
      return 'id' in body ? { ...body, id: request.body.id } : { ...body };
    });
  }
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: portOf(app.server) };
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}
