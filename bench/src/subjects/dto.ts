import { Injectable, Module } from '@nestjs/common';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  ClerkContext,
  McpModule,
  McpTool,
} from '../../../dist/index.js';
import { readSettings } from '../settings.js';
import { clerkOptions } from './clerk-options.js';
import { ECHO_DESCRIPTION, type Echo } from './echo.js';
import { EchoDto } from './echo-dto.js';
import { serveNest } from './serve-nest.js';

/** A tool whose input is a class with the decorators of class-validator. */
@Injectable()
class DtoTools {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: ECHO_DESCRIPTION, input: EchoDto })
  echo({ message }: EchoDto): Echo {
    const { userId = '' } = this.clerk.principal ?? {};
    return { message, timestamp: new Date().toISOString(), userId };
  }
}

@Module({
  imports: [
    ClerkAuthModule.forRoot(clerkOptions(readSettings())),
    McpModule.forRoot({ name: 'bench', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [DtoTools],
})
class BenchModule {}

await serveNest(BenchModule);
