import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { startScreen } from './app.screen.js';
import { loadConfig } from './config.js';
import { configureApp, createAdapter, listen, logWarnings } from './app.setup.js';
import { containStrayErrors } from './stray-errors.js';

/**
 * Serves MCP over HTTP, and says where.
 *
 * @param root `AppModule`, or a module that imports it
 */
export async function runHttp(root: Type = AppModule): Promise<void> {
  const app = await createService(root);
  logWarnings(app);
  await listen(app);
  containStrayErrors();
  process.stdout.write(startScreen(app));
}

/**
 * The service as it runs, before it listens.
 *
 * @param root `AppModule`, or a module that imports it
 */
export async function createService(root: Type): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(root, createAdapter(loadConfig()), {
    bufferLogs: true,
    autoFlushLogs: false,
    abortOnError: false,
  });
  configureApp(app);
  return app;
}
