import { createServer } from 'node:http';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requestJson } from '../../src/clerk/api/json-request.js';

let header: string;
let url: string;
const server = createServer((_request, response) => {
  response.writeHead(503, { 'retry-after': header }).end('{}');
});

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
});
afterAll(() => server.close());

it.each([
  ['9', 9],
  ['-5', 1],
  ['0', 1],
  ['99999999', 3_600],
  ['Wed, 21 Oct 2026 07:28:00 GMT', undefined],
])('reads Retry-After: %s as %s seconds', async (sent, seconds) => {
  header = sent;
  expect((await requestJson(url, { timeout: 60_000 })).retryAfter).toBe(seconds);
});
