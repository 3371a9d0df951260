import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Client, ClientPackage } from '../client-driver.js';
import { runProgram } from './program.js';
import type { Log } from './log.js';

/** Where clients are installed, outside of the checkout: they are shared by checkouts, and kept. */
export function clientsFolder(): string {
  const { NESTJS_CLERK_MCP_CLIENTS, XDG_CACHE_HOME } = process.env;
  if (NESTJS_CLERK_MCP_CLIENTS) return NESTJS_CLERK_MCP_CLIENTS;
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'nestjs-clerk-mcp', 'clients');
}

/** The client could not be installed; the message is what npm said. */
export class NotInstalledError extends Error {
  readonly code = 'NOT_INSTALLED';
}

/**
 * Installs a client into a folder of its own, unless it is there, and returns the folder.
 *
 * @throws {NotInstalledError}
 */
export async function installClient(client: Client, log: Log): Promise<string> {
  return installPackages(client.name, client.packages, client.scripts === true, log);
}

/**
 * The Node that runs a client: this one, or the newest that npm has of the version that it needs.
 *
 * @throws {NotInstalledError}
 */
export async function nodeFor(client: Client, log: Log): Promise<string> {
  if (runsHere(client)) return process.execPath;
  const { platform, arch } = process;
  const name = `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
  const folder = await installPackages('node-24', [{ name, version: NODE_24 }], false, log);
  return join(folder, 'node_modules', name, 'bin', platform === 'win32' ? 'node.exe' : 'node');
}

/** Whether the Node of this process is new enough for a client. */
export function runsHere({ node }: Client): boolean {
  return Number(process.versions.node.split('.')[0]) >= node;
}

/** The version of the Node that {@link nodeFor} gives. */
export function nodeVersionFor(client: Client): string {
  return runsHere(client) ? process.versions.node : NODE_24;
}

/** Folders that are being installed: two modes may want the same. */
const installing = new Map<string, Promise<string>>();

function installPackages(
  name: string,
  packages: readonly ClientPackage[],
  scripts: boolean,
  log: Log,
): Promise<string> {
  const running = installing.get(name);
  if (running !== undefined) return running;
  const started = installOnce(name, packages, scripts, log);
  installing.set(name, started);
  return started;
}

async function installOnce(
  name: string,
  packages: readonly ClientPackage[],
  scripts: boolean,
  log: Log,
): Promise<string> {
  const folder = join(clientsFolder(), name);
  const specs = packages.map((each) => `${each.name}@${each.version}`);
  const mark = join(folder, 'installed.txt');
  const wanted = specs.join('\n');
  if (existsSync(mark) && (await readFile(mark, 'utf8')) === wanted) return folder;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  await writeFile(join(folder, 'load.mjs'), LOAD);
  const options = {
    cwd: folder,
    env: { ...environmentOf(process.env) },
    patience: INSTALL_PATIENCE,
  };
  const args = [...QUIETLY, ...(scripts ? [] : ['--ignore-scripts']), ...specs];
  const { code, stderr, late } = await runProgram('npm', ['install', ...args], options, log);
  if (code !== 0 || late) {
    await rm(folder, { recursive: true, force: true });
    throw new NotInstalledError(late ? 'npm took too long' : reasonOf(stderr));
  }
  await writeFile(mark, wanted);
  return folder;
}

/** Lets a process outside of the folder import what is installed in it. */
const LOAD = 'export const load = (name) => import(name);\n';
const QUIETLY = ['--save-exact', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
const INSTALL_PATIENCE = 600_000;
/** The newest of the LTS line that npm has for every platform. */
const NODE_24 = '24.22.3';

/** What npm says, without the address of a registry. */
function reasonOf(stderr: string): string {
  const code = /npm (?:error|ERR!) code (\w+)/.exec(stderr)?.[1];
  if (code !== 'E404') return code === undefined ? 'npm fails' : `npm fails with ${code}`;
  const [, missing = ''] = /'([^']+)' could not be found/.exec(stderr) ?? [];
  return `npm does not find ${missing.replace(/(.)@\*$/, '$1') || 'a package'}`;
}

function environmentOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
