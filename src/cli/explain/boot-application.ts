import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { UsageError } from '../command-line.js';
import { isProduction } from '../../clerk/resolve-clerk-options.js';
import { decodeJwt } from '../../clerk/tokens/classify.js';
import { createProbe, describeAnswer, isDocument } from '../probe.js';
import { namesInstance, readEnvironment } from '../read-environment.js';
import type { Terminal } from '../terminal.js';

/**
 * Boots an application without its HTTP server.
 *
 * @param location of its root module: a compiled file, and `#Name` where the class is not `AppModule`
 */
export async function bootApplication(location: string): Promise<INestApplicationContext> {
  const root = await loadModule(location);
  const { NestFactory } = await import('@nestjs/core');
  return NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
}

async function loadModule(location: string): Promise<Type> {
  const [file = '', name = 'AppModule'] = location.split('#', 2);
  const namespace = await importFile(file);
  const exported = namespace[name] ?? Object(namespace['default'])[name];
  if (typeof exported === 'function') return exported as Type;
  throw new UsageError(
    `${file} exports no class ${name}. Name the root module: --app ${file}#<name of the class>.`,
  );
}

async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  const path = resolve(file);
  if (existsSync(path)) return import(pathToFileURL(path).href);
  throw new UsageError(
    `${file} is not there. Build the application, and name the compiled file of its root module.`,
  );
}

/**
 * An application that no variable connects to Clerk would start a stand-in of its own, which knows
 * nothing of the token: it is connected to the one that issued it. Does nothing for other tokens.
 */
export async function connectToStandIn(
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
      `The token comes from the local stand-in ${issuer}, and ${describeAnswer(answer)}. Start it, and explain a token that it issued since.`,
    );
  }
  terminal.complain(`The token comes from the local stand-in ${issuer}, which is asked about it.`);
  terminal.setVariables({
    CLERK_SECRET_KEY: String(answer.json['secretKey']),
    CLERK_FRONTEND_API: issuer,
    CLERK_API_URL: issuer,
    // The application starts none of its own.
    CLERK_EMULATOR: '',
  });
}

/** Nothing but this machine is asked because of what an unverified token says. */
const LOOPBACK_ISSUER = /^http:\/\/127(\.\d{1,3}){3}:\d{1,5}$/;
