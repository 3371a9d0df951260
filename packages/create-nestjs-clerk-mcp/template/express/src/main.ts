import { ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';

const app = await NestFactory.create<NestExpressApplication>(AppModule, {
  forceCloseConnections: true,
});
app.enableShutdownHooks();
const config = app.get(ConfigService);
const port = config.get<string>('PORT') || 3000;
await app.listen(port, config.get<string>('HOST') || '127.0.0.1');
