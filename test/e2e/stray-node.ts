import 'reflect-metadata';
import { EventEmitter } from 'node:events';
import { Injectable, Module } from '@nestjs/common';
import { z } from 'zod';
import { runHttp } from '../../src/app/app.http.js';
import { AppModule } from '../../src/app/app.module.js';
import { runStdio } from '../../src/app/app.stdio.js';
import { McpTool, Public } from '../../src/index.js';

const Input = z.object({
  way: z.enum(['timer', 'rejection', 'emitter', 'no error']),
  secret: z.string(),
});

/** A tool that fails after it has answered. */
@Public()
@Injectable()
class StrayTools {
  @McpTool({ description: 'Fails later', input: Input })
  fail({ way, secret }: z.infer<typeof Input>) {
    void WAYS[way](
      new TypeError(`failed for ${secret}\n    at ${secret} (/secret/${secret}.ts:1:1)`),
    );
    return 'answered';
  }
}

const WAYS = {
  timer: (error) => {
    setTimeout(() => {
      throw error;
    }, 1);
  },
  rejection: async (error) => {
    throw error;
  },
  emitter: (error) => {
    setImmediate(() => new EventEmitter().emit('error', error));
  },
  'no error': async ({ message }) => {
    // oxlint-disable-next-line no-throw-literal -- as careless code does
    throw message;
  },
} satisfies Record<string, (error: Error) => void | Promise<void>>;

@Module({ imports: [AppModule], providers: [StrayTools] })
class StrayModule {}

await (process.argv.includes('--stdio') ? runStdio(StrayModule) : runHttp(StrayModule));
