import type { INestApplication } from '@nestjs/common';
import type { ClerkEmulator } from 'nestjs-clerk-mcp/emulator';
import { CLERK_STAND_IN } from './clerk/clerk-stand-in.module.js';
import { notesConfig, type NotesConfig } from './config/notes.config.js';

/** What somebody who has just started the application wants to know. */
export function screenOf(app: INestApplication): string {
  const { origin } = app.get<NotesConfig>(notesConfig.KEY);
  const standIn = app.get<ClerkEmulator | undefined>(CLERK_STAND_IN, { strict: false });
  return [
    '',
    `  REST     ${origin}/api/v1/notes`,
    `  MCP      ${origin}/api/mcp`,
    `  Health   ${origin}/health`,
    ...(standIn ? accountsOf(standIn) : []),
    '',
    `  claude mcp add --transport http notes ${origin}/api/mcp`,
    '',
    '',
  ].join('\n');
}

function accountsOf({ url, accounts }: ClerkEmulator): readonly string[] {
  return [
    `  Clerk    ${url}  (local stand-in, for development only)`,
    '',
    '  Accounts that can sign in, by a click',
    ...accounts.map(
      ({ emailAddress, organization }) =>
        `    ${emailAddress}   ${organization ? `${organization.role} of ${organization.name}` : ''}`,
    ),
  ];
}
