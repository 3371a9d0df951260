import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { claimStdout, McpModule, McpStdio, McpTool, Public } from 'nestjs-clerk-mcp';
import { z } from 'zod';

@Injectable()
class DiceTools {
  @Public()
  @McpTool({
    description: 'Rolls a die',
    input: z.object({ sides: z.int().min(2).max(100).default(6) }),
    output: z.object({ rolled: z.int() }),
  })
  roll({ sides }: { sides: number }) {
    return { rolled: 1 + Math.floor(Math.random() * sides) };
  }
}

@Module({
  imports: [McpModule.forRoot({ name: 'dice', version: '1.0.0' })],
  providers: [DiceTools],
})
class AppModule {}

// First, so that nothing but messages of the protocol reaches the client.
const stdout = claimStdout();
const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
const connection = await app.get(McpStdio).connect({ stdout });
await connection.closed;
await app.close();
