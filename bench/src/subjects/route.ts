import { Body, Controller, HttpCode, Module, Post, UseGuards } from '@nestjs/common';
import type { z } from 'zod';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  ClerkContext,
  McpModule,
  McpTool,
} from '../../../dist/index.js';
import { readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { ECHO_DESCRIPTION, EchoInput, type Echo } from './echo.js';
import { serveNest } from './serve-nest.js';

/** A route that is a tool as well. */
@Controller('echo')
@UseGuards(ClerkAuthGuard)
class EchoController {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: ECHO_DESCRIPTION, input: EchoInput })
  @Post()
  @HttpCode(200)
  echo(@Body() { message }: z.infer<typeof EchoInput>): Echo {
    const { userId = '' } = this.clerk.principal ?? {};
    return { message, timestamp: new Date().toISOString(), userId };
  }
}

@Module({
  imports: [
    ClerkAuthModule.forRoot(clerkOptions(readSettings())),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  controllers: [EchoController],
})
class BenchModule {}

await serveNest(BenchModule);
