import type { ModuleMetadata } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import { ADAPTER, createAdapter, injectable, ready } from '../../support/adapters.js';

/** A small Nest application with the real module in it. */
export async function createClerkApp(
  options: ClerkAuthOptions,
  parts: ModuleMetadata = {},
): Promise<NestFastifyApplication> {
  const builder = Test.createTestingModule({
    ...parts,
    imports: [...(parts.imports ?? []), ClerkAuthModule.forRoot(options)],
  });
  const module = await builder.compile();
  const app = module.createNestApplication<NestFastifyApplication>(createAdapter(), {
    logger: false,
    forceCloseConnections: true,
  });
  await ready(app);
  return ADAPTER === 'fastify' ? app : injectable(app);
}
