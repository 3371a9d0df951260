import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  ClerkContext,
  McpModule,
  McpTool,
} from 'nestjs-clerk-mcp';
import { z } from 'zod';

@Injectable()
class HelloTools {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: 'Greets the user', input: z.object({ greeting: z.string() }) })
  async hello({ greeting }: { greeting: string }) {
    const { firstName } = await this.clerk.getUser();
    return `${greeting}, ${firstName}!`;
  }
}

const { CLERK_SECRET_KEY = '', CLERK_PUBLISHABLE_KEY, CLERK_API_URL, PORT = '3000' } = process.env;
const clerk = { publishableKey: CLERK_PUBLISHABLE_KEY, apiURL: CLERK_API_URL };
const baseURL = `http://localhost:${PORT}`;

@Module({
  imports: [
    ClerkAuthModule.forRoot({ secretKey: CLERK_SECRET_KEY, ...clerk, baseURL }),
    McpModule.forRoot({ name: 'hello', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [HelloTools],
})
class AppModule {}

const app = await NestFactory.create(AppModule, new FastifyAdapter());
await app.listen(PORT, 'localhost');
