import { computed, signal } from '@preact/signals';
import { ask, AskError, type Config, type ServerInfo } from '../server.js';

/** What the page knows of its server; `undefined` until it has answered. */
export const config = signal<Config | undefined>(undefined);
/** Why the server has not said what the page is to show. */
export const startError = signal<AskError | undefined>(undefined);

const serverPath = signal<string | undefined>(undefined);
/** The MCP server that is shown. */
export const server = computed<ServerInfo | undefined>(() => {
  const { servers = [] } = config.value ?? {};
  return servers.find(({ path }) => path === serverPath.value) ?? servers[0];
});
export function showServer(path: string): void {
  serverPath.value = path;
}

export const ERAS = { modern: '2026-07-28', legacy: '2025-11-25' } as const;
export type Era = keyof typeof ERAS;
/** The protocol revision that the page speaks. */
export const era = signal<Era>('modern');

/** URL of the endpoint: on the origin of the page, whatever name the page was opened under. */
export const endpoint = computed(() => {
  const { route = '/mcp', resource } = server.value ?? {};
  if (resource !== undefined && new URL(resource).origin === location.origin) return resource;
  return new URL(route, location.origin).href;
});

export async function loadConfig(): Promise<void> {
  try {
    config.value = await ask<Config>('config');
    startError.value = undefined;
  } catch (error) {
    startError.value = error instanceof AskError ? error : new AskError(String(error), 0);
  }
}

export const PANELS = ['tools', 'resources', 'prompts', 'tasks', 'access', 'wire', 'connect'];

export interface Route {
  readonly panel: string;
  readonly entry: string | undefined;
}

/** The panel and the entry that the URL names: `#tools/echo`. */
export const route = signal(readRoute());

function readRoute(): Route {
  const [panel = '', ...rest] = location.hash.slice(1).split('/');
  const known = PANELS.includes(panel) ? panel : 'tools';
  const entry = rest.join('/');
  try {
    return { panel: known, entry: entry === '' ? undefined : decodeURIComponent(entry) };
  } catch {
    return { panel: known, entry: undefined };
  }
}

export function hrefOf(panel: string, entry?: string): string {
  return entry === undefined ? `#${panel}` : `#${panel}/${encodeURIComponent(entry)}`;
}

export function go(panel: string, entry?: string): void {
  location.hash = hrefOf(panel, entry);
}

addEventListener('hashchange', () => {
  route.value = readRoute();
});

/** Seconds since the epoch, for times that are left; it changes once a second. */
export const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 1_000);
