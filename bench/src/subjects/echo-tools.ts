import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { ClerkContext, McpTool } from '../../../dist/index.js';
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';

/** The tool of the bench. */
@Injectable()
export class EchoTools {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: ECHO_DESCRIPTION, input: EchoInput, output: Echo })
  echo({ message }: z.infer<typeof EchoInput>): Echo {
    const { userId = '' } = this.clerk.principal ?? {};
    return { message, timestamp: new Date().toISOString(), userId };
  }
}
