import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { freePort } from '../support/free-port.js';
import { eventually } from '../support/within.js';
import { buildImage, createContext, type BuiltImage } from './dockerfile.js';
import { sizeOf } from './installed.js';
import { ROOT } from './packed.js';
import { registryIsReachable } from './registry.js';

describe.skipIf(!(await registryIsReachable()))('the Dockerfile, executed on this machine,', () => {
  let context: string;
  let image: BuiltImage;
  let clerk: ClerkEmulator;
  let child: ChildProcess | undefined;

  beforeAll(async () => {
    context = await createContext(ROOT);
    image = await buildImage(await readFile(join(ROOT, 'Dockerfile'), 'utf8'), context);
    clerk = await startClerkEmulator();
  });
  afterAll(async () => {
    child?.kill('SIGKILL');
    await clerk?.close();
    await image?.remove();
    await rm(context, { recursive: true, force: true });
  });

  /** What `docker run -e` gives, on top of the image. */
  const environment = (port: number) => ({
    PATH: process.env['PATH'] ?? '',
    ...image.env,
    PORT: String(port),
    BASE_URL: 'https://mcp.example.com',
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
    CLERK_FRONTEND_API: clerk.url,
    CLERK_API_URL: clerk.url,
    CLERK_AUTHORIZED_PARTIES: 'https://app.example.com',
    DRAIN_MS: '0',
  });

  const run = ([file, ...args]: readonly [string, ...string[]], env: Record<string, string>) => {
    const { cwd } = image;
    return new Promise<number | string>((resolve) => {
      execFile(file, args, { cwd, env }, (error) => resolve(error?.code ?? 0));
    });
  };

  it('starts a service in production that is healthy, writes no file, and ends on a signal', async () => {
    const env = environment(await freePort());
    const before = await readdir(image.cwd, { recursive: true });
    expect(image.env['NODE_ENV']).toBe('production');
    expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    expect(await run(image.healthcheck, env)).toBe(1);

    const [file, ...args] = image.cmd;
    child = spawn(file, args, { cwd: image.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = once(child, 'exit');
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk) => (output += String(chunk)));
    }
    const healthy = eventually(async () => expect(await run(image.healthcheck, env)).toBe(0));
    const ended = exited.then(() => Promise.reject(new Error(`The service has ended:\n${output}`)));
    await Promise.race([healthy, ended]);
    ended.catch(() => undefined);

    const ready = await fetch(`http://127.0.0.1:${env.PORT}/health/ready`);
    expect([ready.status, await ready.text()]).toEqual([200, '{"status":"ok"}']);
    child.kill('SIGTERM');
    expect(await exited).toEqual([null, 'SIGTERM']);
    expect(await readdir(image.cwd, { recursive: true })).toEqual(before);
  });

  it('keeps what runs, and nothing else', async () => {
    expect((await readdir(image.cwd)).toSorted()).toEqual(['dist', 'node_modules', 'package.json']);
    const modules = join(image.cwd, 'node_modules');
    expect(await readdir(modules)).toContain('ioredis');
    expect(await readdir(modules)).not.toContain('typescript');
    expect(await sizeOf(modules)).toBeLessThanOrEqual(90 * 1024 * 1024);
  });
});
