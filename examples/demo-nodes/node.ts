import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from '../../src/app/app.module.js';
import { configureApp, createAdapter, listen } from '../../src/app/app.setup.js';
import { loadConfig } from '../../src/app/config.js';
import { Board } from './board.js';

/** The service, with the tools of this demo. */
@Module({ imports: [AppModule], providers: [Board] })
class NodeModule {}

const app = await NestFactory.create<NestFastifyApplication>(
  NodeModule,
  createAdapter(loadConfig()),
  { bufferLogs: true, autoFlushLogs: false, abortOnError: false },
);
configureApp(app);
await listen(app);
