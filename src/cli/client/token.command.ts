import { parseArgs } from 'node:util';
import type { Command } from '../command.js';
import { onlyEndpointURL } from '../read-arguments.js';
import { CREDENTIAL_OPTIONS, CREDENTIAL_USAGE, getToken } from './credential.js';

/** `nestjs-clerk-mcp token`: gets an access token for a server. */
export const tokenCommand: Command = {
  usage: `Usage: nestjs-clerk-mcp token <url> [options]

Signs in through the browser, as MCP clients do, and prints an access token for the server. Nothing
else is printed on the standard output, and nothing is kept.

${CREDENTIAL_USAGE}

  nestjs-clerk-mcp token <url> | nestjs-clerk-mcp call <url> <tool> --token`,

  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: CREDENTIAL_OPTIONS,
    });
    terminal.print(await getToken(onlyEndpointURL(positionals), values, terminal));
    return 0;
  },
};
