import { Injectable } from '@nestjs/common';
import { ClerkContext, McpTool } from 'nestjs-clerk-mcp';
import { z } from 'zod';

const Greeting = z.object({ greeting: z.string().min(1).default('Hello') });

@Injectable()
export class GreetingTools {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: 'Greets the caller by name', input: Greeting })
  async greet({ greeting }: z.infer<typeof Greeting>) {
    const { firstName } = await this.clerk.getUser();
    return `${greeting}, ${firstName ?? 'stranger'}!`;
  }
}
