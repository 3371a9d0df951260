import type { ModuleMetadata } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';

/** A small Nest application on Fastify with the real module in it. */
export async function createClerkApp(
  options: ClerkAuthOptions,
  parts: ModuleMetadata = {},
): Promise<NestFastifyApplication> {
  const builder = Test.createTestingModule({
    ...parts,
    imports: [...(parts.imports ?? []), ClerkAuthModule.forRoot(options)],
  });
  const module = await builder.compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
    logger: false,
  });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}
