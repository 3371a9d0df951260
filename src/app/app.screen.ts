import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { relative } from 'node:path';
import { CLERK_EMULATOR } from './app.emulator.js';
import { OFF_WITHOUT_SECRET_KEY } from '../clerk/without-secret-key.js';
import type { ClerkEmulator } from '../emulator/index.js';
import { ExplorerPage } from '../explorer/explorer-page.js';
import { describeSignIn } from '../mcp/catalog/sign-in.js';
import { McpCatalog } from '../mcp/catalog/mcp-catalog.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../clerk/resolved-clerk-options.js';
import { docsPage } from '../docs/docs-page.js';

/** What somebody who has just started the service wants to know, on one screen. */
export function startScreen(app: NestFastifyApplication): string {
  const { resource, issuer, secretKey } = app.get<ResolvedClerkOptions>(CLERK_OPTIONS);
  const emulator = app.get<ClerkEmulator | null>(CLERK_EMULATOR);
  const page = app.get(ExplorerPage, { strict: false });
  const { mode } = app.get(McpCatalog, { strict: false }).signIn;
  const lines = [
    '',
    `  MCP server   ${resource}`,
    emulator
      ? `  Clerk        ${issuer}  (local emulator, for development only)`
      : `  Clerk        ${issuer}`,
    `  Sign-in      ${mode}: ${describeSignIn(mode)}  (MCP_SIGN_IN)`,
    ...(secretKey === null
      ? [
          '  Secret key   none, so these are off:',
          ...OFF_WITHOUT_SECRET_KEY.map((off) => `    ${off}`),
        ]
      : []),
    ...(emulator ? [stateLine(emulator)] : []),
    ...(page.isServed ? [`  Explorer     ${new URL(page.location, resource).href}`] : []),
    '',
    ...(emulator ? accountLines(emulator) : []),
    '  Connect a client, for example Claude Code:',
    `    claude mcp add --transport http clerk-mcp ${resource}`,
    '    then /mcp, clerk-mcp, Authenticate',
    '',
    ...(emulator
      ? [
          '  See a protected tool called, in another terminal:',
          `    npm run demo${resource === DEFAULT_RESOURCE ? '' : ` -- ${resource}`}`,
          '',
          `  Use your own Clerk instance: ${docsPage('clerk-application')}`,
          '',
        ]
      : []),
  ];
  return `${lines.join('\n')}\n`;
}

/** The server that `npm run demo` looks for by itself. */
const DEFAULT_RESOURCE = 'http://127.0.0.1:3000/mcp';

function stateLine({ state }: ClerkEmulator): string {
  if (!state)
    return '  State        in memory: sign-ins end with the service (CLERK_EMULATOR_STATE=off)';
  return state.isKept
    ? `  State        ${relative('', state.file)}  (sign-ins outlast a restart; delete it to start afresh)`
    : '  State        in memory: see the warning above';
}

function accountLines({ accounts }: ClerkEmulator): readonly string[] {
  const width = Math.max(...accounts.map(({ emailAddress }) => emailAddress.length));
  return [
    '  Accounts that can sign in, by a click',
    ...accounts.map(({ emailAddress, firstName, lastName, organization }) => {
      const membership = organization ? `, ${organization.role} of ${organization.name}` : '';
      return `    ${emailAddress.padEnd(width)}   ${firstName} ${lastName}${membership}`;
    }),
    '',
  ];
}
