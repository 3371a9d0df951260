import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { McpModule, Resolver, Tool } from '@nestjs-mcp/server';
import { ExpressAdapter } from '@nestjs/platform-express';
import { z } from 'zod/v3';
import { serveSubject } from '../subject.js';
import { ECHO_DESCRIPTION, type Echo } from './echo.js';
import { portOf } from './port.js';

type Shape = Extract<Parameters<typeof Tool>[0], { paramsSchema: unknown }>['paramsSchema'];

// Its types are those of a copy of zod of its own.
const paramsSchema = { message: z.string().min(1) } as unknown as Shape;

/**
 * Its tools have no output schema, so that what they answer is not checked. No authentication: a guard
 * of it sees the headers of the request that opened the session alone.
 */
@Resolver()
class EchoResolver {
  @Tool({
    name: 'echo',
    description: ECHO_DESCRIPTION,
    paramsSchema,
  })
  echo({ message }: { message: string }): object {
    const said: Echo = { message, timestamp: new Date().toISOString(), userId: 'nobody' };
    return { content: [{ type: 'text', text: JSON.stringify(said) }], structuredContent: said };
  }
}

@Module({
  imports: [
    McpModule.forRoot({
      name: 'bench',
      version: '1.0.0',
      logging: { enabled: false },
      transports: {
        // Replies in JSON are the cheaper ones.
        streamable: { enabled: true, options: { enableJsonResponse: true } },
        sse: { enabled: false },
      },
    }),
  ],
  providers: [EchoResolver],
})
class BenchModule {}

await serveSubject(async () => {
  const app = await NestFactory.create(BenchModule, new ExpressAdapter(), {
    logger: false,
    abortOnError: false,
  });
  await app.listen(0, '127.0.0.1');
  return { port: portOf(app.getHttpServer()) };
});
