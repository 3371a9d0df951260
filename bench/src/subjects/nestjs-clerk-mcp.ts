import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  ClerkContext,
  McpModule,
  McpTool,
} from '../../../dist/index.js';
import { readSettings } from '../settings.js';
import { serveSubject } from '../subject.js';
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';
import { portOf } from './port.js';

const { secretKey, publishableKey, issuer, baseURL } = readSettings();

@Injectable()
class EchoTools {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: ECHO_DESCRIPTION, input: EchoInput, output: Echo })
  echo({ message }: z.infer<typeof EchoInput>): Echo {
    const { userId = '' } = this.clerk.principal ?? {};
    return { message, timestamp: new Date().toISOString(), userId };
  }
}

@Module({
  imports: [
    ClerkAuthModule.forRoot({
      secretKey,
      publishableKey,
      clerkDomain: issuer,
      apiURL: issuer,
      baseURL,
    }),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [EchoTools],
})
class BenchModule {}

await serveSubject(async () => {
  const adapter = new FastifyAdapter({ bodyLimit: 4 * 1024 * 1024 });
  const app = await NestFactory.create<NestFastifyApplication>(BenchModule, adapter, {
    logger: false,
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  return { port: portOf(app.getHttpServer()) };
});
