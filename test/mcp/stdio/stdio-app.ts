import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { Client, type VersionNegotiationMode } from '@modelcontextprotocol/client';
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import {
  Module,
  type INestApplicationContext,
  type ModuleMetadata,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { onTestFinished } from 'vitest';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../../src/clerk/clerk-auth.module.js';
import { startClerkEmulator, type ClerkEmulator } from '../../../src/emulator/index.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { McpStdio } from '../../../src/mcp/stdio/mcp-stdio.js';
import type { StdioConnection } from '../../../src/mcp/stdio/stdio-connection.js';
import { optionsOf } from '../../support/clerk-app.js';
import { signingKey } from '../../support/signing-key.js';

export const BASE_URL = 'https://mcp.example.com';
export const RESOURCE = `${BASE_URL}/mcp`;

export const INFO = { name: 'test', version: '1.0.0' };

export type Era = 'legacy' | 'modern';
export const ERAS: readonly Era[] = ['legacy', 'modern'];

export interface StdioApp {
  readonly app: INestApplicationContext;
  readonly clerk: ClerkEmulator;
}

/** An application without HTTP, with these providers. Close it with what `stop` does. */
export async function startStdioApp(
  providers: readonly (Type | NonNullable<ModuleMetadata['providers']>[number])[],
  imports: NonNullable<ModuleMetadata['imports']> = [],
): Promise<StdioApp & { stop(): Promise<void> }> {
  const clerk = await startClerkEmulator({ signingKey: signingKey() });
  @Module({
    imports: [
      ClerkAuthModule.forRoot(optionsOf(clerk, BASE_URL)),
      McpModule.forRoot({ name: 'host', version: '1.0.0', guards: [ClerkAuthGuard] }),
      ...imports,
    ],
    providers: [...providers],
  })
  class HostModule {}
  const app = await NestFactory.createApplicationContext(HostModule, {
    logger: false,
    abortOnError: false,
  });
  const stop = async () => {
    await app.close();
    await clerk.close();
  };
  return { app, clerk, stop };
}

export interface StdioSession {
  readonly connection: StdioConnection;
  readonly client: Client;
  /** What the server reads, and what it writes. */
  readonly stdin: PassThrough;
  readonly stdout: PassThrough;
}

interface ConnectOptions {
  readonly token?: string | undefined;
  readonly era?: Era;
  readonly drainMs?: number;
}

/** A client of this era at the other end of the streams. */
export async function connect(
  { app }: Pick<StdioApp, 'app'>,
  { token, era = 'modern', drainMs = 30_000 }: ConnectOptions = {},
): Promise<StdioSession> {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const connection = await app.get(McpStdio).connect({ token, stdin, stdout, drainMs });
  const client = new Client(INFO, {
    versionNegotiation: { mode: MODES[era] },
    capabilities: { elicitation: { form: {} } },
  });
  // The transport is the same at both ends: lines in, lines out.
  await client.connect(new StdioServerTransport(stdout, stdin));
  onTestFinished(() => client.close());
  onTestFinished(() => connection.close());
  return { connection, client, stdin, stdout };
}

/** The streams without a client: whoever asks writes the messages. */
export async function connectRaw({ app }: Pick<StdioApp, 'app'>) {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const connection = await app.get(McpStdio).connect({ stdin, stdout });
  onTestFinished(() => connection.close());
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  let id = 0;
  const ask = async (method: string, params: object): Promise<unknown> => {
    stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: (id += 1), method, params })}\n`);
    const { value } = await lines.next();
    return JSON.parse(value);
  };
  return { connection, stdin, ask };
}

const MODES: Readonly<Record<Era, VersionNegotiationMode>> = {
  legacy: 'legacy',
  modern: { pin: '2026-07-28' },
};

export interface ToolAnswer {
  readonly isError?: boolean;
  readonly text: string | undefined;
}

/** Calls a tool and reads the text of its answer. */
export async function call(
  { client }: Pick<StdioSession, 'client'>,
  name: string,
  args: Record<string, unknown> = {},
): Promise<ToolAnswer> {
  const result = await client.callTool({ name, arguments: args });
  const [first] = result.content;
  return {
    ...(result.isError !== undefined && { isError: result.isError }),
    text: first?.type === 'text' ? first.text : undefined,
  };
}
