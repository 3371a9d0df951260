import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { startScreen } from './app.screen.js';
import { loadConfig } from './config.js';
import { configureApp, createAdapter, listen, logWarnings } from './app.setup.js';

/** Serves MCP over HTTP, and says where. */
export async function runHttp(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule,
    createAdapter(loadConfig()),
    {
      bufferLogs: true,
      autoFlushLogs: false,
      abortOnError: false,
    },
  );
  configureApp(app);
  logWarnings(app);
  await listen(app);
  process.stdout.write(startScreen(app));
}
