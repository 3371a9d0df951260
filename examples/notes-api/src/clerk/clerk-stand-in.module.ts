import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { ClerkEmulator } from 'nestjs-clerk-mcp/emulator';
import { notesConfig, type NotesConfig } from '../config/notes.config.js';
import { NOTES_SCOPES } from './scopes.js';

/** Injects the local stand-in for Clerk, or `undefined` where a Clerk instance is configured. */
export const CLERK_STAND_IN = Symbol('CLERK_STAND_IN');

/** Lets the application start without an account at Clerk, in development. */
@Module({
  providers: [{ provide: CLERK_STAND_IN, inject: [notesConfig.KEY], useFactory: start }],
  exports: [CLERK_STAND_IN],
})
export class ClerkStandInModule implements OnApplicationShutdown {
  constructor(@Inject(CLERK_STAND_IN) private readonly standIn: ClerkEmulator | undefined) {}

  async onApplicationShutdown(): Promise<void> {
    await this.standIn?.close();
  }
}

async function start({ clerk }: NotesConfig): Promise<ClerkEmulator | undefined> {
  if (clerk) return undefined;
  // Loaded on demand: with a Clerk instance nothing of it is read.
  const { startClerkEmulator } = await import('nestjs-clerk-mcp/emulator');
  const standIn = await startClerkEmulator({
    environment: process.env['NODE_ENV'],
    customScopes: NOTES_SCOPES,
  });
  seedOrganizations(standIn);
  return standIn;
}

/** Two organizations, so that it can be seen that neither sees anything of the other. */
function seedOrganizations({ organizations }: ClerkEmulator): void {
  const engines = 'analytical-engines';
  organizations.addMember({
    organization: engines,
    user: 'ada@example.com',
    role: 'org:admin',
    permissions: [...WRITER, 'org:notes:delete', 'org:notes:share', 'org:notes:export'],
  });
  organizations.addMember({
    organization: engines,
    user: 'grace@example.com',
    role: 'org:member',
    permissions: WRITER,
  });
  organizations.create({ name: 'Orbit Mechanics', slug: 'orbit-mechanics' });
  organizations.addMember({
    organization: 'orbit-mechanics',
    user: 'katherine@example.com',
    role: 'org:admin',
    permissions: [...WRITER, 'org:notes:delete', 'org:notes:share', 'org:notes:export'],
  });
}

const WRITER = ['org:notes:read', 'org:notes:write'];
