import { spawn, type ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Report } from './report.js';

/** The server of the demo: a running server, or one that the demo has started. */
export interface DemoServer {
  /** URL of the MCP endpoint. */
  readonly url: string;
  stop(): Promise<void>;
}

export async function startServer(url: string | undefined, report: Report): Promise<DemoServer> {
  const given = url ?? process.env['BASE_URL'] ?? `http://127.0.0.1:${process.env['PORT'] ?? 3000}`;
  const endpoint = given.endsWith('/mcp') ? given : `${given.replace(/\/+$/, '')}/mcp`;
  if (await isServing(endpoint)) {
    report.title(`Talking to the server at ${endpoint}`);
    return { url: endpoint, stop: async () => undefined };
  }
  if (url !== undefined) throw new Error(`No MCP server answers at ${endpoint}.`);
  report.title('No server is running: starting one, as npm start does …');
  return startOwn();
}

async function isServing(endpoint: string): Promise<boolean> {
  const metadata = new URL(endpoint);
  metadata.pathname = `/.well-known/oauth-protected-resource${metadata.pathname}`;
  return fetch(metadata, { signal: AbortSignal.timeout(2_000) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

async function startOwn(): Promise<DemoServer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/mcp`;
  const child = spawn('npm', ['start'], {
    env: { ...process.env, PORT: String(port), HOST: '127.0.0.1', BASE_URL: '', NODE_ENV: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const stop = () => stopGroup(child);
  for (let attempt = 0; attempt < 1200; attempt += 1) {
    if (await isServing(url)) return { url, stop };
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  await stop();
  throw new Error(`The server did not start:\n${output}`);
}

/** npm, the Nest CLI and the server are one process group: a signal to it reaches all of them. */
async function stopGroup(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const exited = once(child, 'exit');
  process.kill(-child.pid, 'SIGTERM');
  await exited;
}

/** A port that nothing listens on, below those that the system gives to connections. */
export async function freePort(): Promise<number> {
  const port = randomInt(10_000, 30_000);
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
