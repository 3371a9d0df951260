import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/free-port.js';
import type { Log } from '../drive/log.js';
import type { Exchange } from './record-requests.js';
import { compiled, ServerProcess, type ServerMessage } from './server-process.js';

/** A protected MCP server and its authorization server, as a client meets them. */
export interface Subject {
  /** The MCP endpoint. */
  readonly url: string;
  /** The authorization server. */
  readonly issuer: string;
  /** What both have answered since a position. */
  since(position: Position): readonly Exchange[];
  position(): Position;
  /** Waits until everything that was answered is among the exchanges. */
  settled(): Promise<void>;
  /** Assigns scopes to an OAuth application, as an administrator does in the dashboard. */
  assignScopes(clientId: string, scopes: readonly string[]): Promise<void>;
  /** Ends the MCP server, with its authorization server if that is embedded, and starts it again. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export type Position = readonly number[];

/** `node dist/main.js` with its embedded emulator, which keeps its state. */
export async function startService(folder: string, signIn: string, log: Log): Promise<Subject> {
  await keepPort(join(folder, STATE));
  const port = await freePort();
  return startBefore(
    [],
    new ServerProcess(SERVICE, folder, { ...settings(port, signIn) }, log),
    port,
  );
}

/** Lets the embedded emulator listen on a port that no other program is given meanwhile. */
async function keepPort(stateFile: string): Promise<void> {
  await mkdir(dirname(stateFile), { recursive: true });
  const { startClerkEmulator } = await import('nestjs-clerk-mcp/emulator');
  const emulator = await startClerkEmulator({ port: await freePort(), stateFile });
  await emulator.close();
}

/** The service, or the application with scopes, before an emulator of its own process. */
export async function startWithClerk(
  which: 'service' | 'notes',
  folder: string,
  signIn: string,
  accessTokenSeconds: number,
  log: Log,
): Promise<Subject> {
  await mkdir(folder, { recursive: true });
  const env = {
    PORT: String(await freePort()),
    ACCESS_TOKEN_SECONDS: String(accessTokenSeconds),
  };
  const clerk = new ServerProcess(compiled('clerk.js'), folder, env, log);
  const { url, secretKey, publishableKey } = await clerk.start<ServerMessage>(async () =>
    clerk.message(),
  );
  const port = await freePort();
  const script = which === 'service' ? SERVICE : compiled('notes-app.js');
  const server = new ServerProcess(
    script,
    folder,
    {
      ...settings(port, signIn),
      CLERK_DOMAIN: url,
      CLERK_API_URL: url,
      CLERK_SECRET_KEY: secretKey,
      CLERK_PUBLISHABLE_KEY: publishableKey,
    },
    log,
  );
  try {
    return await startBefore([clerk], server, port);
  } catch (error) {
    await clerk.stop();
    throw error;
  }
}

async function startBefore(
  others: readonly ServerProcess[],
  server: ServerProcess,
  port: number,
): Promise<Subject> {
  const origin = `http://127.0.0.1:${port}`;
  const issuer = await server.start(() => issuerOf(origin));
  const processes = [server, ...others];
  let mark = 0;
  return {
    url: `${origin}/mcp`,
    issuer,
    position: () => processes.map(({ exchanges }) => exchanges.length),
    since: (position) =>
      processes
        .flatMap(({ exchanges }, index) => exchanges.slice(position[index] ?? 0))
        .filter(({ path }) => !path.startsWith(MARK)),
    async settled() {
      mark += 1;
      await server.answered(`${origin}${MARK}${mark}`);
      for (const each of others) await each.answered(`${issuer}${MARK}${mark}`);
    },
    async assignScopes(clientId, scopes) {
      const response = await fetch(`${issuer}/__emulator/oauth_applications/update`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ clientId, scopes }),
      });
      if (!response.ok) throw new Error(`scopes not assigned: ${await response.text()}`);
    },
    async restart() {
      await server.stop();
      const again = await server.start(() => issuerOf(origin));
      if (again !== issuer) throw new Error(`${issuer} was taken during the restart`);
    },
    async stop() {
      for (const each of processes) await each.stop();
    },
  };
}

/** The authorization server that the metadata names, once it is served. */
async function issuerOf(origin: string): Promise<string | undefined> {
  try {
    const response = await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`);
    if (!response.ok) return undefined;
    const metadata = (await response.json()) as { authorization_servers: readonly string[] };
    return metadata.authorization_servers[0];
  } catch {
    return undefined;
  }
}

function settings(port: number, signIn: string): Record<string, string> {
  return {
    PORT: String(port),
    MCP_SIGN_IN: signIn,
    LOG_LEVEL: 'warn',
    DRAIN_MS: '0',
    CLERK_EMULATOR_STATE: STATE,
  };
}

const STATE = join('state', 'emulator.json');

/** No client asks for it. Each process tells of its answers in their order. */
const MARK = '/.well-known/mark/';

/** From `build/test-clients/clients/subjects`, where this file runs. */
const SERVICE = fileURLToPath(new URL('../../../../dist/main.js', import.meta.url));
