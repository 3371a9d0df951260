import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startClerkEmulator, type ClerkEmulator } from '../../src/emulator/index.js';
import { freePort } from '../support/free-port.js';
import { callTool } from '../support/mcp-request.js';
import { within } from '../support/within.js';
import { buildService, type BuiltService } from './built-service.js';
import { HttpProcess } from './http-process.js';
import { StdioProcess } from './stdio-process.js';

const ROOT = join(import.meta.dirname, '../..');

let built: BuiltService;
let clerk: ClerkEmulator;
/** A folder for temporary files in which nothing can be written. */
let readOnlyTmp: string;
beforeAll(async () => {
  [built, clerk] = await Promise.all([buildService(), startClerkEmulator()]);
  readOnlyTmp = await mkdtemp(join(tmpdir(), 'read-only-'));
  await chmod(readOnlyTmp, 0o555);
  await chmod(built.cwd, 0o555);
});
afterAll(async () => {
  await chmod(built.cwd, 0o755);
  await Promise.all([
    built.remove(),
    rm(readOnlyTmp, { recursive: true, force: true }),
    clerk.close(),
  ]);
});

const instance = () => ({
  CLERK_SECRET_KEY: clerk.secretKey,
  CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
  CLERK_FRONTEND_API: clerk.url,
  CLERK_API_URL: clerk.url,
});

/** The bits of a file do not bind root: the process then runs as nobody. */
const NOBODY = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

describe('The service whose port is in use', () => {
  it('says so in one line with the cure, and exits with 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const service = new StdioProcess([built.main], {
      cwd: built.cwd,
      env: { ...instance(), PORT: String(port), NODE_ENV: 'test' },
    });
    expect(await within(service.exit, 'the end')).toEqual({ code: 1, signal: null });
    expect(service.stderr).toBe(
      `Port ${port} on 127.0.0.1 is in use. Stop the process that listens there, or set PORT to another one.\n`,
    );
    expect(service.lines).toEqual([]);
  });
});

/** Whether that user reaches Node.js and the checkout: not where they are in the home of root. */
const canRun = spawnSync(process.execPath, ['-p', '0'], { cwd: ROOT, ...NOBODY }).status === 0;

// Windows has neither these bits nor users by number.
describe.skipIf(process.platform === 'win32' || !canRun)(
  'The service on a disk that it cannot write (skipped where an unprivileged user cannot run it)',
  () => {
    const start = async (variables: Record<string, string>) => {
      const port = await freePort();
      const environment = { TMPDIR: readOnlyTmp, HOME: readOnlyTmp, PORT: String(port) };
      const service = await HttpProcess.start(
        built,
        { ...environment, ...variables },
        { ...NOBODY },
      );
      onTestFinished(() => service.end('SIGKILL'));
      return { service, origin: `http://127.0.0.1:${port}` };
    };

    it('serves, and says nothing, since it keeps nothing there', async () => {
      const { service, origin } = await start({
        ...instance(),
        MCP_SIGN_IN: 'offer',
        MCP_EXPLORER: 'on',
        LOG_LEVEL: 'warn',
      });
      expect((await fetch(`${origin}/health/ready`)).status).toBe(200);
      expect((await callTool(`${origin}/mcp`, 'getAuthInfo')).status).toBe(200);
      expect((await fetch(`${origin}/explorer`)).status).toBe(200);
      expect(service.output).not.toMatch(/EACCES|EROFS|WARN|ERROR/);
    });

    it('says once that the emulator keeps its state in memory', async () => {
      const { service, origin } = await start({ MCP_SIGN_IN: 'offer' });
      expect((await callTool(`${origin}/mcp`, 'getAuthInfo')).status).toBe(200);
      expect(service.output.match(/WARN/g)).toHaveLength(1);
      expect(service.output).toContain('emulator.json');
      expect(service.output).toContain('State        in memory: see the warning above');
    });
  },
);
