import type { INestApplication } from '@nestjs/common';
import type { ClerkEmulator } from 'nestjs-clerk-mcp/emulator';
import { CLERK_EMULATOR } from './clerk/clerk-emulator.module.js';
import { notesConfig, type NotesConfig } from './config/notes.config.js';

/** The text that the application prints at startup. */
export function screenOf(app: INestApplication): string {
  const { origin } = app.get<NotesConfig>(notesConfig.KEY);
  const emulator = app.get<ClerkEmulator | undefined>(CLERK_EMULATOR, { strict: false });
  return [
    '',
    `  REST     ${origin}/api/v1/notes`,
    `  MCP      ${origin}/api/mcp`,
    `  Health   ${origin}/health`,
    `  Explorer ${origin}/api/explorer`,
    ...(emulator ? accountsOf(emulator) : []),
    '',
    `  claude mcp add --transport http notes ${origin}/api/mcp`,
    '',
    '',
  ].join('\n');
}

function accountsOf({ url, accounts }: ClerkEmulator): readonly string[] {
  return [
    `  Clerk    ${url}  (local Clerk emulator, for development only)`,
    '',
    '  Accounts that can sign in without a password',
    ...accounts.map(
      ({ emailAddress, organization }) =>
        `    ${emailAddress}   ${organization ? `${organization.role} of ${organization.name}` : ''}`,
    ),
  ];
}
