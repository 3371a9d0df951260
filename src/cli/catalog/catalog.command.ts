import { parseArgs } from 'node:util';
import { trimSlashes } from '../../request/trim-slashes.js';
import { bootRoutes, rootModule } from '../application/boot-application.js';
import { serversOf } from '../application/servers-of.js';
import { type Command, UsageError } from '../command.js';
import { allPassed, textReport } from '../doctor/report.js';
import { readEnvironment } from '../read-environment.js';
import type { Terminal } from '../terminal.js';
import { type CatalogFile, catalogFiles, compareFiles, writeFiles } from './catalog-files.js';
import { checkDirectory } from './check-directory.js';
import { registryFile } from './registry-file.js';
import { readServerCatalog, type ServerCatalog } from './server-catalog.js';

/** `nestjs-clerk-mcp catalog`: writes what an application offers, or checks that nothing has changed. */
export const catalogCommand: Command = {
  usage: `Usage: nestjs-clerk-mcp catalog [options]

Writes all tools, resources and prompts of an application, with their schemas and access rules, into
catalog.md and catalog.json. Starts the application without listening on a port.
Exits with 1 if a check failed.

  --app <file>[#name]   compiled file of the root module, and its class.
                        Default: dist/app.module.js#AppModule, else
                        dist/app/app.module.js#AppModule
  --out <folder>        folder of the files. Default: catalog
  --check               compare the files, and write nothing; fails if they are out of date
  --directory           also check what directories of servers demand of tools: titles, hints, names
  --server <path>       path of one MCP server. Default: all

With --registry it writes, or compares, the document of one server for the MCP registry instead.

  --registry <file>     file to write, such as server.json
  --url <url>           public URL of the endpoint. Default: BASE_URL and the path of the server
  --name <name>         name in the registry, such as io.github.acme/notes. Default: from the host
  --description <text>  up to 100 characters. Default: that of package.json`,

  async run(args, terminal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        app: { type: 'string', default: rootModule() },
        out: { type: 'string' },
        check: { type: 'boolean', default: false },
        directory: { type: 'boolean', default: false },
        server: { type: 'string' },
        registry: { type: 'string' },
        url: { type: 'string' },
        name: { type: 'string' },
        description: { type: 'string' },
      },
    });
    refuseMixedOptions(values);
    const servers = await readServers(values.app, values.server, terminal);
    const { registry, url, name, description } = values;
    const environment = await readEnvironment(terminal, undefined);
    const files =
      registry === undefined
        ? catalogFiles(servers, values.out ?? DEFAULT_FOLDER)
        : [await registryFile(servers, { file: registry, url, name, description, environment })];
    const isCurrent = await writeOrCompare(files, values.check, terminal);
    const checks = values.directory ? checkDirectory(servers) : [];
    if (checks.length > 0) terminal.print(textReport(checks));
    return isCurrent && allPassed(checks) ? 0 : 1;
  },
};

const DEFAULT_FOLDER = 'catalog';

/** An option of the other mode would have no effect, so it is a mistake. */
function refuseMixedOptions(values: Readonly<Record<string, string | boolean | undefined>>): void {
  const [others, hint] =
    values['registry'] === undefined
      ? [['url', 'name', 'description'], 'requires --registry']
      : [['out'], 'cannot be combined with --registry'];
  const wrong = others.find((name) => values[name] !== undefined);
  if (wrong !== undefined) throw new UsageError(`--${wrong} ${hint}.`);
}

async function readServers(
  location: string,
  path: string | undefined,
  terminal: Terminal,
): Promise<readonly ServerCatalog[]> {
  const { CLERK_EMULATOR_STATE } = await readEnvironment(terminal, undefined);
  // A service that runs meanwhile keeps its state.
  if (!CLERK_EMULATOR_STATE?.trim()) terminal.setVariables({ CLERK_EMULATOR_STATE: 'off' });
  const app = await bootRoutes(location);
  try {
    const all = serversOf(app);
    const wanted = all.filter((one) => path === undefined || one.path === trimSlashes(path));
    if (wanted.length > 0) return wanted.map(readServerCatalog);
    const paths = all.map((one) => `/${one.path}`).join(', ');
    throw new UsageError(`There is no server at ${path}. Use one of: ${paths}.`);
  } finally {
    await app.close();
  }
}

/** @returns whether the files are, or have become, what they should be */
async function writeOrCompare(
  files: readonly CatalogFile[],
  isCheck: boolean,
  terminal: Terminal,
): Promise<boolean> {
  const names = files.map(({ file }) => file).join(' and ');
  if (!isCheck) {
    await writeFiles(files);
    terminal.print(`Written: ${names}`);
    return true;
  }
  const changes = await compareFiles(files);
  if (changes.length === 0) {
    terminal.print(`Up to date: ${names}`);
    return true;
  }
  terminal.print(changes.join('\n'));
  terminal.printError(
    'The catalog has changed. Review the changes, and run the command without --check.',
  );
  return false;
}
