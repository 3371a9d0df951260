import { connect } from 'node:net';
import { within } from './within.js';

/** What a server wrote on a connection until it closed it or stayed silent after an answer. */
export interface RawAnswer {
  /** `0` when the connection ended without an answer. */
  readonly status: number;
  readonly text: string;
}

/** Writes bytes as they are, for requests that no HTTP client would send. */
export function sendRaw(url: string, bytes: string | Uint8Array): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const answer = new Promise<RawAnswer>((resolve) => {
    const chunks: Buffer[] = [];
    const finish = (): void => {
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    };
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('close', finish);
    socket.on('error', finish);
  });
  return within(answer, 'the answer to raw bytes');
}

/** A POST as text; the connection closes with the answer. */
export function rawPost(
  target: string,
  headers: readonly (readonly [string, string])[],
  body: string,
  method = 'POST',
): string {
  const lines = [
    `${method} ${target} HTTP/1.1`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}
