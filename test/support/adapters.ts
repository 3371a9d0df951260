import type { INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** The HTTP frameworks that the modules run on. */
export const ADAPTERS = ['fastify', 'express'] as const;

export type AdapterName = (typeof ADAPTERS)[number];

/** The framework of this run: `TEST_ADAPTER=express` runs the same tests on Express. */
export const ADAPTER: AdapterName =
  process.env['TEST_ADAPTER'] === 'express' ? 'express' : 'fastify';

/** Limit of a body where a test says nothing, in bytes. */
const BODY_LIMIT = 100_000;

/** An adapter whose connections do not hold the end of a test. */
export function createAdapter(
  name: AdapterName = ADAPTER,
  bodyLimit = BODY_LIMIT,
): FastifyAdapter | ExpressAdapter {
  // A connection that a client has opened and never used would hold the end of a test.
  if (name === 'fastify') return new FastifyAdapter({ bodyLimit, forceCloseConnections: true });
  const adapter = new ExpressAdapter();
  adapter.useBodyParser('json', false, { limit: bodyLimit });
  return adapter;
}

/** Resolves when the application answers requests that are injected or sent. */
export async function ready(app: INestApplication): Promise<void> {
  await app.init();
  const adapter = app.getHttpAdapter();
  if (adapter.getType() === 'fastify') await adapter.getInstance().ready();
}

/** Gives an application on Express the `inject` of Fastify, over a real port. */
export function injectable<A extends INestApplication>(app: A): A {
  const listening = app.listen(0, '127.0.0.1').then(() => app.getUrl());
  const inject = async ({ method = 'GET', url, headers = {}, body }: Injected) => {
    const isJson = typeof body === 'object';
    const response = await fetch(`${await listening}${url}`, {
      method,
      redirect: 'manual',
      headers: { ...(isJson && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: isJson ? JSON.stringify(body) : body }),
    });
    const text = await response.text();
    return {
      statusCode: response.status,
      headers: Object.fromEntries(response.headers),
      body: text,
      json: () => JSON.parse(text),
    };
  };
  const call = (target: string | Injected) =>
    inject(typeof target === 'string' ? { url: target } : target);
  return Object.assign(app, { inject: call });
}

interface Injected {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Record<string, string>;
  readonly body?: object | string;
}
