import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { UsageError } from '../usage.error.js';

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
