import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { INestApplication, INestApplicationContext, Type } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { UsageError } from '../command.js';
import { isProduction } from '../../clerk/resolve-clerk-options.js';
import { decodeJwt } from '../../clerk/tokens/classify.js';
import { createProbe, describeAnswer, isDocument } from '../probe.js';
import { namesInstance, readEnvironment } from '../read-environment.js';
import type { Terminal } from '../terminal.js';

/**
 * Starts an application without its HTTP server.
 *
 * @param location compiled file of the root module, with `#Name` if the class is not `AppModule`
 */
export async function bootApplication(location: string): Promise<INestApplicationContext> {
  const root = await loadModule(location);
  const { NestFactory } = await import('@nestjs/core');
  return NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
}

/**
 * Starts an application with its routes, on the adapter that it has installed. It listens on no port.
 *
 * @param location as for {@link bootApplication}
 */
export async function bootRoutes(location: string): Promise<INestApplication> {
  const root = await loadModule(location);
  const { NestFactory } = await import('@nestjs/core');
  const app = await NestFactory.create(root, await installedAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.init();
  return app;
}

/** The adapter that the manifest of the application names, or else the one that can be loaded. */
async function installedAdapter(): Promise<AbstractHttpAdapter> {
  const manifest = await readFile('package.json', 'utf8').catch(() => '');
  const isNamed = ({ name }: InstalledAdapter) => manifest.includes(`"${name}"`);
  const order = [...ADAPTERS.filter(isNamed), ...ADAPTERS.filter((one) => !isNamed(one))];
  for (const { load } of order) {
    const adapter = await load().catch(() => undefined);
    if (adapter) return adapter;
  }
  const names = ADAPTERS.map(({ name }) => name).join(' or ');
  throw new UsageError(`Install ${names}, as the application needs it.`);
}

interface InstalledAdapter {
  readonly name: string;
  load(): Promise<AbstractHttpAdapter>;
}

const ADAPTERS: readonly InstalledAdapter[] = [
  {
    name: '@nestjs/platform-fastify',
    load: async () => new (await import('@nestjs/platform-fastify')).FastifyAdapter(),
  },
  {
    name: '@nestjs/platform-express',
    load: async () => new (await import('@nestjs/platform-express')).ExpressAdapter(),
  },
];

/** Default file of the root module: that of most applications, or that of this service. */
export function rootModule(): string {
  return ROOT_MODULES.find((file) => existsSync(file)) ?? ROOT_MODULES[0];
}

const ROOT_MODULES = ['dist/app.module.js', 'dist/app/app.module.js'] as const;

async function loadModule(location: string): Promise<Type> {
  const [file = '', name = 'AppModule'] = location.split('#', 2);
  const namespace = await importFile(file);
  const exported = namespace[name] ?? Object(namespace['default'])[name];
  if (typeof exported === 'function') return exported as Type;
  throw new UsageError(
    `${file} exports no class ${name}. Name the class of the root module: --app ${file}#<class>.`,
  );
}

async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(file);
  if (existsSync(path)) return import(pathToFileURL(path).href);
  throw new UsageError(
    `${file} does not exist. Build the application, and pass the compiled file of its root module.`,
  );
}

/**
 * Connects the application to the local emulator that issued the token. Without Clerk variables, the
 * application would start its own emulator, which does not know the token. Ignores all other tokens.
 */
export async function connectToEmulator(
  token: string | undefined,
  terminal: Terminal,
): Promise<void> {
  const issuer = token === undefined ? undefined : decodeJwt(token)?.claims['iss'];
  if (typeof issuer !== 'string' || !LOOPBACK_ISSUER.test(issuer)) return;
  const environment = await readEnvironment(terminal, undefined);
  if (namesInstance(environment)) return;
  if (isProduction({ environment: environment['NODE_ENV'], keys: [] })) return;

  const probe = createProbe(() => terminal.now(), terminal.stopped);
  const answer = await probe(`${issuer}/__emulator/secret_key`, { method: 'POST' });
  if (!isDocument(answer)) {
    throw new Error(
      `The local Clerk emulator ${issuer} issued the token, but ${describeAnswer(answer)}. Start the emulator, and pass a token that it issues then.`,
    );
  }
  terminal.printError(`The local Clerk emulator ${issuer} issued the token and verifies it.`);
  terminal.setVariables({
    CLERK_SECRET_KEY: String(answer.json['secretKey']),
    CLERK_FRONTEND_API: issuer,
    CLERK_API_URL: issuer,
    // The application must not start an emulator of its own.
    CLERK_EMULATOR: '',
  });
}

/** The issuer of an unverified token must not cause requests to other machines. */
export const LOOPBACK_ISSUER = /^http:\/\/127(\.\d{1,3}){3}:\d{1,5}$/;
