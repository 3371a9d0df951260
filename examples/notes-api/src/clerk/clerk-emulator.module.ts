import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import type { ClerkEmulator } from 'nestjs-clerk-mcp/emulator';
import { notesConfig, type NotesConfig } from '../config/notes.config.js';
import { NOTES_SCOPES } from './scopes.js';

/** Injects the local Clerk emulator, or `undefined` if a Clerk instance is configured. */
export const CLERK_EMULATOR = Symbol('CLERK_EMULATOR');

/** Starts the local Clerk emulator for development without a Clerk account. */
@Module({
  providers: [{ provide: CLERK_EMULATOR, inject: [notesConfig.KEY], useFactory: start }],
  exports: [CLERK_EMULATOR],
})
export class ClerkEmulatorModule implements OnApplicationShutdown {
  constructor(@Inject(CLERK_EMULATOR) private readonly emulator: ClerkEmulator | undefined) {}

  async onApplicationShutdown(): Promise<void> {
    await this.emulator?.close();
  }
}

async function start({ clerk }: NotesConfig): Promise<ClerkEmulator | undefined> {
  if (clerk) return undefined;
  // Loaded on demand, so that a configuration with a Clerk instance does not load the emulator.
  const { startClerkEmulator } = await import('nestjs-clerk-mcp/emulator');
  const emulator = await startClerkEmulator({
    environment: process.env['NODE_ENV'],
    customScopes: NOTES_SCOPES,
    // At Clerk as well, a scope is created and advertised separately.
    advertisedScopes: Object.keys(NOTES_SCOPES),
  });
  seedOrganizations(emulator);
  return emulator;
}

/** Two organizations, to show that neither sees data of the other. */
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
