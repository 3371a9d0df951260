import { createRequire } from 'node:module';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyServerOptions } from 'fastify';

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>;
type CompilersFactory = NonNullable<SchemaController['compilersFactory']>;
type BuildValidator = NonNullable<CompilersFactory['buildValidator']>;
type BuildSerializer = NonNullable<CompilersFactory['buildSerializer']>;

/**
 * The compilers that Fastify has for the schemas of routes, loaded with the first such schema. Fastify
 * loads them at the start, also of a service without schemas: Ajv and fast-json-stringify, a hundred files.
 */
export function schemaCompilersOnDemand(): SchemaController {
  // Packages of Fastify, not of the service.
  const load = createRequire(createRequire(import.meta.url).resolve('fastify'));
  return {
    compilersFactory: {
      buildValidator: onDemand<BuildValidator>(() => load('@fastify/ajv-compiler')()),
      buildSerializer: onDemand<BuildSerializer>(() =>
        load('@fastify/fast-json-stringify-compiler')(),
      ),
    },
  };
}

/** A function that is made with its first call. */
function onDemand<F extends (...args: never[]) => unknown>(make: () => F): F {
  let made: F | undefined;
  const call = (...args: Parameters<F>): unknown => (made ??= make())(...args);
  return call as F; // It passes on what it is given, and returns what it gets.
}

/**
 * Has Fastify treat these compilers as its own: it takes the names of headers in a schema in lower case for
 * its own only. It keeps that in a private member of the server.
 */
export function treatAsOwnCompilers(adapter: FastifyAdapter): FastifyAdapter {
  const server: object = adapter.getInstance();
  const key = Object.getOwnPropertySymbols(server).find(
    ({ description }) => description === 'fastify.schemaController',
  );
  const controller: unknown = key && Reflect.get(server, key);
  if (typeof controller === 'object' && controller !== null) {
    Reflect.set(controller, 'isCustomValidatorCompiler', false);
  }
  return adapter;
}
