import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { inProcessFetch } from '../../src/testing/transport/in-process-fetch.js';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
const fetchOf = (handler: Handler) => inProcessFetch(createServer(handler));

describe('inProcessFetch', () => {
  it('brings method, path, headers, body and address to a server that does not listen', async () => {
    const fetch = fetchOf(async (request, response) => {
      const sent = await text(request);
      const { method, url, headers, socket } = request;
      const { host, 'x-a': a } = headers;
      response.end(JSON.stringify({ method, url, host, a, sent, ip: socket.remoteAddress }));
    });
    const init = { method: 'POST', headers: { 'X-A': '1' }, body: 'é'.repeat(100_000) };
    const response = await fetch('https://notes.test/a/b?c=d', init, '10.1.2.3');
    expect(await response.json()).toEqual({
      method: 'POST',
      url: '/a/b?c=d',
      host: 'notes.test',
      a: '1',
      sent: init.body,
      ip: '10.1.2.3',
    });
  });

  it('gives status, repeated headers and redirects as they are', async () => {
    const fetch = fetchOf((_request, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      response.writeHead(302, 'Elsewhere', { location: '/other' }).end();
    });
    const response = await fetch('http://notes.test/');
    expect(response.status).toBe(302);
    expect(response.statusText).toBe('Elsewhere');
    expect(response.headers.get('location')).toBe('/other');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  });

  it('answers without a body where there is none', async () => {
    const fetch = fetchOf((_request, response) => response.writeHead(204).end());
    expect((await fetch('http://notes.test/')).body).toBeNull();
  });

  it('streams, and the server learns that the client is gone', async () => {
    const responses: ServerResponse[] = [];
    const fetch = fetchOf((_request, response) => {
      responses.push(response);
      response.write('first');
    });
    const leaving = new AbortController();
    const { body } = await fetch('http://notes.test/', { signal: leaving.signal });
    const reader = body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('first');
    const [response] = responses;
    const gone = response && once(response, 'close');
    leaving.abort();
    await gone;
    await expect(reader?.read()).rejects.toThrow();
  });

  it('rejects when the server hangs up, and when it is given up before', async () => {
    const fetch = fetchOf((request) => request.socket.destroy());
    await expect(fetch('http://notes.test/')).rejects.toThrow(/hang up/);
    const signal = AbortSignal.abort(new Error('given up'));
    await expect(fetch('http://notes.test/', { signal })).rejects.toThrow('given up');
  });
});
