import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { AppModule, toMcpOptions } from '../../src/app/app.module.js';
import { configureApp, createAdapter } from '../../src/app/app.setup.js';
import {
  startClerkEmulator,
  type ClerkEmulator,
  type ClerkEmulatorOptions,
} from '../../src/emulator/index.js';
import { readConfig, SERVICE_CONFIG } from '../../src/app/config.js';
import { resolveMcpOptions } from '../../src/mcp/mcp-options.js';
import { RESOLVED_MCP_OPTIONS } from '../../src/mcp/mcp.tokens.js';
import { freePort } from './free-port.js';
import { FAST_PATH } from './fast-path.js';
import { signingKey } from './signing-key.js';
import { metadataRead } from '../../src/testing/metadata-read.js';

/** The whole service as `npm start` runs it, over a real port, on an emulator of its own. */
export interface TestService {
  readonly app: NestFastifyApplication;
  readonly clerk: ClerkEmulator;
  /** URL of the endpoint, which is the resource identifier as well. */
  readonly url: string;
  /** Public URL of the service. */
  readonly baseURL: string;
  stop(): Promise<void>;
}

export interface TestServiceOptions {
  readonly emulator?: ClerkEmulatorOptions;
  /** Environment variables on top of those that name the emulator. `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whether the emulator sends webhooks, and the service takes them. Default: no. */
  readonly webhooks?: boolean;
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** Called before the service starts: for faults that are to be there from the beginning. */
  readonly before?: (clerk: ClerkEmulator) => void;
}

export async function startService(options: TestServiceOptions = {}): Promise<TestService> {
  const clerk = await startClerkEmulator({ signingKey: signingKey(), ...options.emulator });
  options.before?.(clerk);
  const port = await freePort();
  const baseURL = `http://127.0.0.1:${port}`;
  const environment = {
    PORT: String(port),
    CLERK_EMULATOR_STATE: 'off',
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
    CLERK_FRONTEND_API: clerk.url,
    CLERK_API_URL: clerk.url,
    // Tests send more than anybody should.
    AUTH_FAILURE_LIMIT: 'off',
    RATE_LIMIT: 'off',
    CLERK_WEBHOOK_SIGNING_SECRET: options.webhooks ? clerk.webhooks.signingSecret : undefined,
    ...options.env,
  };
  if (options.webhooks) clerk.webhooks.sendTo({ url: `${baseURL}/webhooks/clerk` });
  const config = readConfig(environment);
  const builder = Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(SERVICE_CONFIG)
    .useValue(config);
  if (!FAST_PATH) {
    const mcp = resolveMcpOptions({ ...toMcpOptions(config), fastPath: false });
    builder.overrideProvider(RESOLVED_MCP_OPTIONS).useValue(mcp);
  }
  const module = await (options.override?.(builder) ?? builder).compile();
  const app = module.createNestApplication<NestFastifyApplication>(createAdapter(config), {
    logger: false,
  });
  configureApp(app);
  app.useLogger(false);
  await app.listen(port, '127.0.0.1');
  await metadataRead(app);
  const stop = async () => {
    await app.close();
    await clerk.close();
  };
  return { app, clerk, url: `${baseURL}/mcp`, baseURL, stop };
}
