import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveSubject } from '../subject.js';
import { BODY_LIMIT } from './bare-checks.js';
import { portOf } from './port.js';

/**
 * Serves a Nest application, set up as every other one here.
 *
 * @param prepare what it needs before it listens
 */
export function serveNest(
  module: Type,
  prepare: (app: NestFastifyApplication) => Promise<unknown> = async () => undefined,
): Promise<void> {
  return serveSubject(async () => {
    const adapter = new FastifyAdapter({ bodyLimit: BODY_LIMIT });
    const app = await NestFactory.create<NestFastifyApplication>(module, adapter, OPTIONS);
    await prepare(app);
    return listenNest(app);
  });
}

/** The same on Express. */
export function serveNestOnExpress(module: Type): Promise<void> {
  return serveSubject(async () => {
    // Loaded on demand: the others do not pay for it.
    const { ExpressAdapter } = await import('@nestjs/platform-express');
    return listenNest(await NestFactory.create(module, new ExpressAdapter(), OPTIONS));
  });
}

async function listenNest(app: INestApplication): Promise<{ readonly port: number }> {
  await app.listen(0, '127.0.0.1');
  return { port: portOf(app.getHttpServer()) };
}

const OPTIONS = { logger: false, abortOnError: false } as const;
