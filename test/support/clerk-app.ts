import type { Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import type { ClerkAuthOptions } from '../../src/clerk/clerk-auth.options.js';
import {
  startClerkEmulator,
  type ClerkEmulator,
  type ClerkEmulatorOptions,
} from '../../src/emulator/index.js';
import type { McpModuleOptions } from '../../src/mcp/mcp-options.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { freePort } from './free-port.js';
import { FAST_PATH } from './fast-path.js';
import { signingKey } from './signing-key.js';
import type { TestService } from './service.js';
import { metadataRead } from '../../src/testing/metadata-read.js';

/** What differs from a host that says nothing. */
export interface ClerkAppOptions {
  readonly clerk?: Partial<ClerkAuthOptions>;
  readonly mcp?: Partial<McpModuleOptions>;
  readonly controllers?: readonly Type[];
  readonly emulator?: ClerkEmulatorOptions;
}

/** What a host at this URL sets to use an emulator as its Clerk instance. */
export function optionsOf(
  { secretKey, publishableKey, url }: ClerkEmulator,
  baseURL: string,
): ClerkAuthOptions {
  return { secretKey, publishableKey, clerkDomain: url, apiURL: url, baseURL };
}

/** A host application with tools of its own, put together from the public modules. */
export async function startClerkApp(
  providers: readonly Type[],
  { clerk: clerkOptions, mcp, emulator, ...parts }: ClerkAppOptions = {},
): Promise<TestService> {
  const clerk = await startClerkEmulator({ signingKey: signingKey(), ...emulator });
  const port = await freePort();
  const baseURL = `http://127.0.0.1:${port}`;
  const module = await Test.createTestingModule({
    imports: [
      ClerkAuthModule.forRoot({
        ...optionsOf(clerk, baseURL),
        ...clerkOptions,
      }),
      McpModule.forRoot({
        name: 'host',
        version: '1.0.0',
        guards: [ClerkAuthGuard],
        fastPath: FAST_PATH,
        // Shows nobody the name of a protected entry. For what an offer shows: test/mcp/sign-in, and security/every-way-out.
        signIn: 'call',
        ...mcp,
      }),
    ],
    providers: [...providers],
    controllers: [...(parts.controllers ?? [])],
  }).compile();
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
    logger: false,
  });
  await app.listen(port, '127.0.0.1');
  await metadataRead(app);
  const stop = async () => {
    await app.close();
    await clerk.close();
  };
  return { app, clerk, url: `${baseURL}/mcp`, baseURL, stop };
}
