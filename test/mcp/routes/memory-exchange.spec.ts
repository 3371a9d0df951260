import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { exchangeInMemory } from '../../../src/mcp/routes/memory-exchange.js';
import {
  connectInProcess,
  exchangeInProcess,
} from '../../../src/testing/transport/in-process-connection.js';

const BODY = '{"name":"Zoë"}';
const message = {
  method: 'POST',
  path: '/notes?a=1',
  headers: { host: 'localhost', 'content-type': 'application/json', 'x-one': '1' },
  body: BODY,
  maxBytes: 100,
};

/** What a request shows to an application. */
const shown = async (request: IncomingMessage) => ({
  method: request.method,
  url: request.url,
  version: request.httpVersion,
  type: request.headers['content-type'],
  one: request.headersDistinct['x-one'],
  raw: request.rawHeaders.includes('x-one'),
  address: request.socket.remoteAddress,
  body: await text(request),
});

const LISTENERS: Readonly<Record<string, RequestListener>> = {
  'shows the request': (request, response) => {
    void shown(request).then((seen) => response.end(JSON.stringify(seen).slice(0, 90)));
  },
  'gives headers to writeHead()': (_request, response) => {
    response.writeHead(404, { 'Content-Type': 'text/plain', 'Retry-After': 7 });
    response.end('not here');
  },
  'gives a list of headers to writeHead()': (_request, response) => {
    response.writeHead(201, ['Content-Type', 'text/plain', 'Location', '/notes/7']);
    response.write('one ');
    response.end('two');
  },
  'writes bytes, and text of an encoding': (_request, response) => {
    response.write(Buffer.from('caf'));
    response.write('e9', 'hex');
    response.end('é', 'latin1');
  },
  'pipes a stream': (_request, response) => {
    Readable.from(['a', 'b', 'c']).pipe(response);
  },
  'writes a body for a status without one': (_request, response) => {
    response.writeHead(204);
    response.end('dropped');
  },
  'writes after the end': (_request, response) => {
    response.on('error', () => undefined);
    response.end('whole');
    response.write('late');
  },
  'writes too much': (_request, response) => {
    response.write('x'.repeat(60));
    response.end('y'.repeat(60));
  },
  'answers without a body': (_request, response) => void response.end(),
};

describe('An exchange in memory has the answer of one over a connection, where the server', () => {
  it.each(Object.entries(LISTENERS))('%s', async (_name, listener) => {
    const { signal } = new AbortController();
    const overMemory = await exchangeInMemory(
      createServer(listener),
      { ...message, signal: () => signal },
      { remoteAddress: '192.0.2.7' },
      () => undefined,
    );
    const response = await exchangeInProcess({ ...message, signal }, () =>
      connectInProcess(createServer(listener), { remoteAddress: '192.0.2.7' }),
    );
    const whole = Buffer.concat(await response.toArray());
    expect({
      status: overMemory.status,
      type: overMemory.header('content-type'),
      retryAfter: overMemory.header('retry-after'),
      location: overMemory.header('location'),
      body: overMemory.body?.toString('hex'),
    }).toEqual({
      status: response.statusCode,
      type: response.headers['content-type'],
      retryAfter: response.headers['retry-after'],
      location: response.headers.location,
      body: whole.byteLength > message.maxBytes ? undefined : whole.toString('hex'),
    });
  });
});

describe('An exchange in memory', () => {
  const exchange = (listener: RequestListener, signal = new AbortController().signal) =>
    exchangeInMemory(
      createServer(listener),
      { ...message, signal: () => signal },
      {},
      () => undefined,
    );

  it('fails where the server closes the connection', async () => {
    const listeners: RequestListener[] = [
      (request) => request.destroy(),
      (_request, response) => response.destroy(new Error('broken')),
      (_request, response) => {
        response.write('half');
        response.socket?.destroy();
      },
    ];
    for (const listener of listeners) {
      await expect(exchange(listener)).rejects.toThrow('socket hang up');
    }
  });

  it('ends the request and the response of a call that is aborted, with its reason', async () => {
    const controller = new AbortController();
    const events: string[] = [];
    const ended = exchange((request, response) => {
      request.once('aborted', () => events.push('aborted'));
      response.once('close', () => events.push('closed'));
      controller.abort(new Error('enough'));
    }, controller.signal);
    await expect(ended).rejects.toThrow('enough');
    await expect.poll(() => events).toEqual(['aborted', 'closed']);
    await expect(exchange(() => undefined, controller.signal)).rejects.toThrow('enough');
  });

  it('asks for the signal only if the server does not answer at once', async () => {
    let asked = 0;
    const signal = (): AbortSignal => {
      asked += 1;
      return new AbortController().signal;
    };
    const send = (listener: RequestListener) =>
      exchangeInMemory(createServer(listener), { ...message, signal }, {}, () => undefined);
    await send((_request, response) => void response.end());
    expect(asked).toBe(0);
    await send((_request, response) => void setImmediate(() => setImmediate(() => response.end())));
    expect(asked).toBe(1);
  });

  it('closes the response after its end, and ends a body that nobody reads', async () => {
    const events: string[] = [];
    await exchange((request, response) => {
      request.once('end', () => events.push('end'));
      response.once('finish', () => events.push('finish'));
      response.once('close', () => events.push('close'));
      response.end();
    });
    await expect.poll(() => events.toSorted()).toEqual(['close', 'end', 'finish']);
  });
});
