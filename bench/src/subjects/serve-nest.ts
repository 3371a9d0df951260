import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveSubject } from '../subject.js';
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
    const adapter = new FastifyAdapter({ bodyLimit: 4 * 1024 * 1024 });
    const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
      logger: false,
      abortOnError: false,
    });
    await prepare(app);
    await app.listen(0, '127.0.0.1');
    return { port: portOf(app.getHttpServer()) };
  });
}
