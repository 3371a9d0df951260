import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { startClerkEmulator } from '../../src/emulator/index.js';
import { freePort } from '../support/free-port.js';
import { eventually } from '../support/within.js';

export interface ToolCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

/** What a tool of an application answers that runs as a process of its own, with keys of an emulator. */
export async function callServed(folder: string, main: string, tool: ToolCall): Promise<unknown> {
  const emulator = await startClerkEmulator({ environment: 'test' });
  const keys = {
    CLERK_SECRET_KEY: emulator.secretKey,
    CLERK_PUBLISHABLE_KEY: emulator.publishableKey,
    CLERK_API_URL: emulator.url,
  };
  try {
    return await serve(folder, main, keys, async (resource) => {
      const token = await emulator.issue.oauthAccessToken({ user: 'ada@example.com', resource });
      return callTool(resource, token, tool);
    });
  } finally {
    await emulator.close();
  }
}

/** The same for an application without keys, which starts an emulator itself and says where. */
export function callSelfContained(folder: string, main: string, tool: ToolCall): Promise<unknown> {
  return serve(folder, main, NO_KEYS, async (resource, output) => {
    const [, url] = /Local emulator at (http:\S+)\./.exec(output()) ?? [];
    const body = { kind: 'oauth_access_token', user: 'ada@example.com', resource };
    const response = await fetch(`${url}/__emulator/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { token } = (await response.json()) as { token: string };
    return callTool(resource, token, tool);
  });
}

const NO_KEYS = { CLERK_SECRET_KEY: '', CLERK_PUBLISHABLE_KEY: '', CLERK_API_URL: '' };

/** Runs an application that starts an emulator of its own, and opens an address of it as a browser does. */
export function openSelfContained(folder: string, main: string, path: string): Promise<Response> {
  return serve(folder, main, NO_KEYS, (resource) =>
    fetch(new URL(path, resource), { headers: { accept: 'text/html' } }),
  );
}

/** Runs an application, and ends it when it was used. */
export async function serve<T>(
  folder: string,
  main: string,
  keys: Readonly<NodeJS.Dict<string>>,
  use: (resource: string, output: () => string) => Promise<T>,
): Promise<T> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const variables = { NODE_ENV: 'development', NO_COLOR: '1', PORT: String(port), ...keys };
  const child = spawn(process.execPath, [main], {
    cwd: folder,
    env: { ...process.env, ...variables, PUBLIC_URL: origin },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (output += String(chunk)));
  }
  const exited = once(child, 'exit').then(() => {
    throw new Error(`The application ended:\n${output}`);
  });
  try {
    await Promise.race([exited, eventually(() => fetch(origin))]);
    return await Promise.race([exited, use(`${origin}/mcp`, () => output)]);
  } finally {
    exited.catch(() => undefined);
    child.kill('SIGKILL');
  }
}

async function callTool(resource: string, token: string, tool: ToolCall): Promise<unknown> {
  const headers = { authorization: `Bearer ${token}` };
  const client = new Client({ name: 'any', version: '1.0.0' });
  const url = new URL(resource);
  await client.connect(new StreamableHTTPClientTransport(url, { requestInit: { headers } }));
  const { content } = await client.callTool(tool);
  await client.close();
  return content;
}
