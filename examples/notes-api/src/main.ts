import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { screenOf } from './app.screen.js';
import { configureApp, createAdapter } from './app.setup.js';
import { notesConfig, type NotesConfig } from './config/notes.config.js';

const app = await NestFactory.create<NestFastifyApplication>(AppModule, createAdapter(), {
  logger: ['log', 'warn', 'error'],
});
configureApp(app);
const { host, port } = app.get<NotesConfig>(notesConfig.KEY);
await app.listen(port, host);
process.stdout.write(screenOf(app));
