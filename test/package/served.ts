import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startClerkEmulator } from '../../src/emulator/index.js';
import { freePort } from '../support/free-port.js';
import { eventually } from '../support/within.js';

/** What a tool of an application answers that runs as a process of its own, with a local emulator. */
export async function callServed(
  folder: string,
  main: string,
  tool: { readonly name: string; readonly arguments: Record<string, unknown> },
): Promise<unknown> {
  const emulator = await startClerkEmulator({ environment: 'test' });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, [main], {
    cwd: folder,
    env: {
      ...process.env,
      NODE_ENV: 'development',
      PORT: String(port),
      PUBLIC_URL: origin,
      CLERK_SECRET_KEY: emulator.secretKey,
      CLERK_PUBLISHABLE_KEY: emulator.publishableKey,
      CLERK_API_URL: emulator.url,
    },
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk) => output.push(String(chunk)));
  child.stderr.on('data', (chunk) => output.push(String(chunk)));
  const exited = once(child, 'exit').then(() => {
    throw new Error(`The application ended:\n${output.join('')}`);
  });
  try {
    await Promise.race([exited, listening(origin)]);
    const resource = `${origin}/mcp`;
    const token = await emulator.issue.oauthAccessToken({ user: 'ada@example.com', resource });
    return await Promise.race([exited, call(resource, token, tool)]);
  } finally {
    exited.catch(() => undefined);
    child.kill('SIGKILL');
    await emulator.close();
  }
}

async function listening(origin: string): Promise<void> {
  await eventually(() => fetch(origin));
}

async function call(
  resource: string,
  token: string,
  tool: { readonly name: string; readonly arguments: Record<string, unknown> },
): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}` };
  const client = new Client({ name: 'any', version: '1.0.0' });
  const url = new URL(resource);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  const { content } = await client.callTool(tool);
  await client.close();
  return content;
}
