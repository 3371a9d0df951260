import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port that nothing listens on, below those that systems give out: what other workers open in the
 * meantime takes none of these. Each worker begins elsewhere.
 */
export async function freePort(): Promise<number> {
  const port = (last = last < LAST ? last + 1 : FIRST);
  const server = createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return freePort();
  }
  server.close();
  await once(server, 'close');
  return port;
}

const FIRST = 10_000;
const LAST = 29_999;
let last = FIRST + ((process.pid * 127) % (LAST - FIRST));
