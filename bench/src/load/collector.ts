import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A collector of OTLP that takes what it is sent, and drops it. */
export interface Collector {
  readonly url: string;
  /** What was sent to a path, such as `/v1/traces`, in bytes. */
  bytesAt(path: string): number;
  close(): void;
}

export async function startCollector(): Promise<Collector> {
  const bytes = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    request.on('data', (chunk: Buffer) => bytes.set(path, (bytes.get(path) ?? 0) + chunk.length));
    request.on('end', () => response.writeHead(200).end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    bytesAt: (path) => bytes.get(path) ?? 0,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
