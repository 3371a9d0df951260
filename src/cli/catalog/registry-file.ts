import { readFile } from 'node:fs/promises';
import { identityOf } from '../../mcp/catalog/server-identity.js';
import { isJsonObject, type JsonObject } from '../../request/json-object.js';
import { UsageError } from '../command.js';
import { endpointURL } from '../read-arguments.js';
import type { CatalogFile } from './catalog-files.js';
import type { ServerCatalog } from './server-catalog.js';

interface RegistryOptions {
  readonly file: string;
  readonly url: string | undefined;
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The document of a server for the MCP registry (`server.json`).
 *
 * @throws {UsageError} there are several servers, the URL is not public, or a text does not fit
 */
export async function registryFile(
  servers: readonly ServerCatalog[],
  { file, url, name, description, environment }: RegistryOptions,
): Promise<CatalogFile> {
  const [server, another] = servers;
  if (!server || another) {
    const paths = servers.map(({ path }) => path).join(', ');
    throw new UsageError(`The registry has a document for each server. Pass --server: ${paths}.`);
  }
  const remote = publicURL(server, url, environment);
  const manifest = await readManifest();
  const identity = identityOf(server.options.serverInfo, remote, {
    name,
    description: description ?? textOf(manifest['description']),
  });
  if ('problem' in identity) throw new UsageError(`The ${identity.problem}`);
  const { icons, ...texts } = identity;
  const published =
    icons?.filter(({ src }) => src.startsWith('https:') && src.length <= MAX_SRC) ?? [];
  const repository = repositoryOf(manifest['repository']);
  const document = {
    $schema: SCHEMA,
    ...texts,
    ...(published.length > 0 && { icons: published }),
    ...(repository && { repository }),
    remotes: [{ type: 'streamable-http', url: remote }],
  };
  return { file, text: `${JSON.stringify(document, null, 2)}\n` };
}

const SCHEMA = 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json';
/** Characters of the URL of an icon. */
const MAX_SRC = 255;

function publicURL(
  { path }: ServerCatalog,
  given: string | undefined,
  environment: RegistryOptions['environment'],
): string {
  const base = environment['BASE_URL']?.trim().replace(/\/+$/, '');
  const url = given ?? (base ? `${base}${path}` : undefined);
  if (url === undefined) {
    throw new UsageError('Pass --url with the public URL of the endpoint, or set BASE_URL.');
  }
  const endpoint = endpointURL(url);
  if (endpoint.startsWith('https:')) return endpoint;
  throw new UsageError(`${endpoint} is not https. The registry lists public servers only.`);
}

/** The manifest of the application; an empty one if there is none. */
async function readManifest(): Promise<JsonObject> {
  try {
    const manifest: unknown = JSON.parse(await readFile('package.json', 'utf8'));
    return isJsonObject(manifest) ? manifest : {};
  } catch {
    return {};
  }
}

/** The repository that a manifest names, if it is at a host that the registry knows. */
export function repositoryOf(given: unknown): JsonObject | undefined {
  const text = isJsonObject(given) ? textOf(given['url']) : textOf(given);
  const url = text?.replace(/^git\+/, '').replace(/\.git$/, '');
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { protocol, hostname } = new URL(url);
  const source = /^(?:www\.)?(github|gitlab)\.com$/.exec(hostname)?.[1];
  return protocol === 'https:' && source !== undefined ? { url, source } : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
