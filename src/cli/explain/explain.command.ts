import { parseArgs } from 'node:util';
import { type Command, UsageError } from '../command.js';
import { readToken } from '../read-environment.js';
import { bootApplication, connectToEmulator, rootModule } from '../application/boot-application.js';
import { explainReport, explainAccess } from './explanation.js';
import { type EntryName, findEntry } from './find-entry.js';

/** `nestjs-clerk-mcp explain`: explains why a token may or may not use a tool. */
export const explainCommand: Command = {
  usage: `Usage: nestjs-clerk-mcp explain --tool <name> [options] < token.txt

Reads an access token from the standard input and explains why a tool allows or refuses it. The tool
is not called, and the token is not printed. Starts the application without its HTTP server, to
evaluate its access rules. Exits with 1 if the tool refuses the token.

  --tool <name>         or --resource <uri>, or --prompt <name>
  --app <file>[#name]   compiled file of the root module, and its class.
                        Default: dist/app.module.js#AppModule, else
                        dist/app/app.module.js#AppModule
  --anonymous           explain for a caller without a token
  --server <path>       path of the MCP server, if there are several
  --json                print the explanation as JSON`,

  async run(args, terminal) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        tool: { type: 'string' },
        resource: { type: 'string' },
        prompt: { type: 'string' },
        app: { type: 'string', default: rootModule() },
        anonymous: { type: 'boolean', default: false },
        server: { type: 'string' },
        json: { type: 'boolean', default: false },
      },
    });
    const wanted = wantedEntry(values);
    const token = values.anonymous ? undefined : await readToken(terminal);
    await connectToEmulator(token, terminal);
    const app = await bootApplication(values.app);
    try {
      const explanation = await explainAccess(app, findEntry(app, wanted), token);
      terminal.print(
        values.json ? JSON.stringify(explanation, null, 2) : explainReport(explanation),
      );
      return explanation.allowed ? 0 : 1;
    } finally {
      await app.close();
    }
  },
};

function wantedEntry(
  values: {
    readonly [kind in EntryName['kind']]?: string | undefined;
  } & { readonly server?: string | undefined },
): EntryName {
  const [first, ...others] = (['tool', 'resource', 'prompt'] as const).flatMap((kind) => {
    const name = values[kind];
    return name === undefined ? [] : [{ kind, name, server: values.server }];
  });
  if (first && others.length === 0) return first;
  throw new UsageError('Pass exactly one of --tool, --resource and --prompt.');
}
