import { createServer } from 'node:http';
import express, { type Request, type Response } from 'express';
import { serveSubject } from '../subject.js';
import { answersOfProcess, SESSION, type BareCall } from './bare-answer.js';
import { BareChecks, BODY_LIMIT } from './bare-checks.js';
import { listen } from './port.js';

/** The floor of Express: the same as `bare-fastify`. */
await serveSubject(async (settings) => {
  const checks = new BareChecks(settings);
  const answers = answersOfProcess();
  const app = express();
  // Headers that its model does not send either.
  app.disable('etag');
  app.disable('x-powered-by');
  app.use(express.json({ limit: BODY_LIMIT }));
  app.post('/mcp', (request: Request<object, unknown, BareCall>, response: Response) =>
    serve(request, response),
  );
  return listen(createServer(app));

  async function serve(
    { headers, body }: Request<object, unknown, BareCall>,
    response: Response,
  ): Promise<unknown> {
    if (!checks.isServed(headers.host)) return response.status(403).json({ error: 'host' });
    const userId = await checks.userOf(headers.authorization);
    if ((userId === undefined) !== answers.refuses) {
      return response.status(401).json({ error: 'unauthorized' });
    }
    response.status(answers.status);
    for (const [name, value] of answers.headers) response.setHeader(name, value);
    const session = answers.sessionOf(body, headers[SESSION]);
    if (session !== undefined) response.setHeader(SESSION, session);
    const answer = answers.bodyOf(body, userId);
    return typeof answer === 'string' ? response.send(answer) : response.json(answer);
  }
});
