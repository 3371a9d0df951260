import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';

const HERE = fileURLToPath(new URL('..', import.meta.url));

let started: ChildProcess | undefined;
afterEach(async () => {
  if (!started || started.exitCode !== null || started.signalCode !== null) return;
  started.kill('SIGKILL');
  await once(started, 'exit');
});

it('starts by itself, without an account at Clerk, and ends when it is told to', async () => {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  // The two commands of `npm start`.
  execFileSync('npm', ['run', '-s', 'build'], { cwd: HERE, shell: process.platform === 'win32' });
  started = spawn(process.execPath, ['dist/main.js'], {
    cwd: HERE,
    env: { PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  expect(await said(started, `claude mcp add --transport http notes ${origin}/api/mcp`)).toContain(
    'katherine@example.com   org:admin of Orbit Mechanics',
  );

  expect((await fetch(`${origin}/health`)).status).toBe(200);
  const refused = await fetch(`${origin}/api/v1/notes`);
  expect(refused.status).toBe(401);
  const challenge = refused.headers.get('www-authenticate') ?? '';
  const [, metadataURL = ''] = /resource_metadata="([^"]+)"/.exec(challenge) ?? [];
  const metadata = await (await fetch(metadataURL)).json();
  expect(metadata).toMatchObject({ resource: `${origin}/api/mcp` });
  const [issuer] = (metadata as { authorization_servers: string[] }).authorization_servers;
  const server = await fetch(`${issuer}/.well-known/oauth-authorization-server`);
  expect(await server.json()).toMatchObject({
    scopes_supported: expect.arrayContaining(['notes:read', 'notes:write', 'notes:share']),
  });

  const page = await (await fetch(`${origin}/api/explorer`)).text();
  const [file = ''] = /[^"]+\.js(?=")/.exec(page) ?? [];
  const script = await fetch(new URL(file, `${origin}/api/explorer`));
  expect([script.status, script.headers.get('content-type')]).toEqual([
    200,
    'text/javascript; charset=utf-8',
  ]);
  const asked = await fetch(`${origin}/api/explorer/api/config`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin },
    body: '{}',
  });
  expect(await asked.json()).toMatchObject({
    emulator: true,
    servers: [{ title: 'Notes', route: '/api/mcp' }],
  });

  started.kill('SIGTERM');
  const [, signal] = await once(started, 'exit');
  expect(signal).toBe('SIGTERM');
}, 180_000);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Reads the output of a process until it contains a text. */
function said({ stdout }: ChildProcess, text: string): Promise<string> {
  let heard = '';
  return new Promise((resolve, reject) => {
    stdout?.on('data', (chunk: Buffer) => {
      heard += String(chunk);
      if (heard.includes(text)) resolve(heard);
    });
    stdout?.once('end', () => reject(new Error(`The process has ended after: ${heard}`)));
  });
}
