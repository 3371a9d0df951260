import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

/** Serves an application on a port of its own. */
export async function startToolServer(
  module: Type,
): Promise<{ readonly url: string; readonly app: NestFastifyApplication }> {
  const app = await NestFactory.create<NestFastifyApplication>(
    module,
    new FastifyAdapter({ forceCloseConnections: true }),
    { logger: false },
  );
  await app.listen(0, '127.0.0.1');
  return { url: `${await app.getUrl()}/mcp`, app };
}
