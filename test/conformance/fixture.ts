import { Module, type DynamicModule } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import { McpModule } from '../../src/index.js';
import { EverythingInputs } from './everything.inputs.js';
import { EverythingResources } from './everything.resources.js';
import { EverythingTasks } from './everything.tasks.js';
import { EverythingTools } from './everything.tools.js';

@Module({ providers: [EverythingTools, EverythingInputs, EverythingResources, EverythingTasks] })
class EverythingModule {
  static answering(fastPath: boolean): DynamicModule {
    const server = { name: 'everything', version: '1.0.0', fastPath };
    return { module: EverythingModule, imports: [McpModule.forRoot(server)] };
  }
}

/**
 * The server that the official suite expects, written with the decorators of this package.
 *
 * @param fastPath whether it answers directly what the SDK is not needed for
 */
export async function startFixture(
  fastPath: boolean,
): Promise<{ url: string; stop(): Promise<void> }> {
  const app = await NestFactory.create<NestFastifyApplication>(
    EverythingModule.answering(fastPath),
    new FastifyAdapter(),
    { logger: ['error', 'warn'] },
  );
  await app.listen(0, '127.0.0.1');
  return { url: `${await app.getUrl()}/mcp`, stop: () => app.close() };
}
