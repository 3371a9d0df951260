import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkStream } from '../../../../src/cli/doctor/production/check-stream.js';

const EVENT = 'event: message\ndata: {"jsonrpc":"2.0"}\n\n';
/** Nothing comes any more: the shortest watch is as good as any. */
const SHORT = 1_000;
/** What is waited for comes: the watch ends with it. */
const LONG = 600_000;

async function examine(answer: RequestListener, options: { ms?: number; token?: string } = {}) {
  const { ms = LONG, token } = options;
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const resource = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  return checkStream({ resource, token, streamMs: ms, stopped: new AbortController().signal });
}

const sends =
  (...pieces: readonly string[]): RequestListener =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    for (const piece of pieces) response.write(piece);
  };

describe('the stream that doctor --production opens', () => {
  it('is in order when an event and a comment arrive', async () => {
    expect(await examine(sends(EVENT, ':keepalive\n', '\n'))).toMatchObject({ status: 'ok' });
  });

  it('is read whatever way it is cut', async () => {
    expect(await examine(sends('da', 'ta: {"text":": no comment"', '}\n\n:', ' ok\n\n'))).toEqual({
      name: 'stream',
      status: 'ok',
      message: expect.stringContaining('arrive at once'),
    });
  });

  it('takes the text of an event for no comment', async () => {
    const check = await examine(sends('data: a\n\n', 'data: x\u2028: y : z\n\n'), { ms: SHORT });
    expect(check).toMatchObject({ message: expect.stringContaining('too short for the first') });
  });

  it.each([
    ['headers without an event', sends()],
    ['nothing at all', () => undefined],
  ])('is buffered: %s', async (_what, answer: RequestListener) => {
    expect(await examine(answer, { ms: SHORT })).toMatchObject({
      status: 'failure',
      message: expect.stringContaining('buffers answers'),
      cure: expect.stringContaining('X-Accel-Buffering'),
    });
  });

  it('is closed too early', async () => {
    const closes: RequestListener = (request, response) => {
      sends(EVENT)(request, response);
      response.end();
    };
    expect(await examine(closes)).toMatchObject({
      status: 'failure',
      message: expect.stringContaining('closed before the server sent its first comment'),
    });
  });

  it.each([
    ['before an event', [], 'The connection broke'],
    ['after it', [EVENT], 'closed before the server sent its first comment'],
  ])('is torn down %s', async (_when, pieces, message) => {
    const tears: RequestListener = (request, response) => {
      sends(...pieces)(request, response);
      setImmediate(() => response.destroy());
    };
    expect(await examine(tears)).toMatchObject({
      status: 'failure',
      message: expect.stringContaining(message),
    });
  });

  it('needs a token, and sends it', async () => {
    const asks: RequestListener = (request, response) => {
      if (request.headers.authorization === 'Bearer good') sends(EVENT, ':\n\n')(request, response);
      else response.writeHead(401).end();
    };
    expect(await examine(asks)).toMatchObject({
      status: 'warning',
      cure: expect.stringContaining('--token'),
    });
    expect(await examine(asks, { token: 'bad' })).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('(401)'),
    });
    expect(await examine(asks, { token: 'good' })).toMatchObject({ status: 'ok' });
  });

  it('does not send a token readably over a network', async () => {
    const asked: unknown[] = [];
    const original = globalThis.fetch;
    onTestFinished(() => void (globalThis.fetch = original));
    globalThis.fetch = async (_url, init) => {
      asked.push(new Headers(init?.headers).get('authorization'));
      return new Response(null, { status: 401 });
    };
    const stopped = new AbortController().signal;
    for (const resource of ['http://mcp.example.com/mcp', 'https://mcp.example.com/mcp']) {
      await checkStream({ resource, token: 'good', streamMs: LONG, stopped });
    }
    expect(asked).toEqual([null, 'Bearer good']);
  });

  it('ends with the command', async () => {
    const stop = new AbortController();
    stop.abort();
    const resource = 'http://127.0.0.1:9/mcp';
    expect(
      await checkStream({ resource, token: undefined, streamMs: LONG, stopped: stop.signal }),
    ).toMatchObject({ status: 'warning', message: expect.stringContaining('was stopped') });
  });
});
