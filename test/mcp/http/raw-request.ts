import { connect } from 'node:net';
import { PATIENCE } from '../../support/within.js';

export interface RawResponse {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** Writes these very bytes to a server: for requests that no HTTP client would send. */
export function rawRequest(url: string, lines: readonly string[], body = ''): Promise<RawResponse> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let received = '';
    socket.setTimeout(PATIENCE, () => socket.destroy(new Error(`no answer to ${lines[0]}`)));
    socket.on('error', reject);
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    socket.on('close', () => resolve(parse(received)));
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
  });
}

/** A tool call for {@link rawRequest}, on this request target. */
export function rawCall(target: string, tool: string, headers: readonly string[] = []) {
  const message = {
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: tool, arguments: {} },
  };
  const body = JSON.stringify(message);
  const lines = [
    `POST ${target} HTTP/1.1`,
    ...(headers.some((line) => line.startsWith('Host:')) ? [] : ['Host: localhost']),
    'Content-Type: application/json',
    'Connection: close',
    `Content-Length: ${body.length}`,
    ...headers,
  ];
  return { lines, body };
}

function parse(received: string): RawResponse {
  const [head = '', ...rest] = received.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), head, body: rest.join('\r\n\r\n') };
}
