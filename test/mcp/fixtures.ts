import { Injectable, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import type { ExpressAdapter } from '@nestjs/platform-express';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { onTestFinished } from 'vitest';
import { AccessRefusedError } from '../../src/access/access.errors.js';
import type { Principal } from '../../src/request/principal.js';
import { attachPrincipal } from '../../src/request/request-record.js';
import type { McpModuleExtras, McpModuleOptions } from '../../src/mcp/mcp-options.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { ADAPTER, createAdapter } from '../support/adapters.js';
import { FAST_PATH } from '../support/fast-path.js';
import { LogLines } from './log-lines.js';

export { within } from '../support/within.js';

/** Knows every name: `Bearer alice` or `Bearer alice:notes:read,notes:write`; `bad` is invalid. */
@Injectable()
export class NameGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const [, name, scopes] = /^Bearer ([^:]+):?(.*)$/.exec(request.headers.authorization) ?? [];
    if (name === 'bad') {
      throw new AccessRefusedError({ reason: 'invalid_token', description: 'No such name.' });
    }
    attachPrincipal(request, name === undefined ? undefined : principal(name, scopes));
    return true;
  }
}

export function principal(name: string, scopes = ''): Principal {
  return {
    tokenType: 'oauth_token',
    issuer: 'https://issuer.test',
    subject: `user_${name}`,
    userId: `user_${name}`,
    clientId: 'client',
    scopes: scopes.split(',').filter(Boolean),
    expiresAt: Infinity,
    claims: {},
  };
}

export interface McpApp {
  readonly app: NestFastifyApplication;
  readonly url: string;
  /** What the application has logged. */
  readonly log: LogLines;
}

export interface McpAppOptions extends Partial<McpModuleOptions & McpModuleExtras> {
  readonly metadata?: { imports?: unknown[]; controllers?: Type[]; providers?: unknown[] };
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  readonly configure?: (app: NestFastifyApplication) => unknown;
  readonly adapter?: FastifyAdapter | ExpressAdapter;
  readonly bodyLimit?: number;
}

/** An application with these providers as its only content, listening on a free port. */
export async function startMcpApp(
  providers: readonly unknown[],
  options: McpAppOptions = {},
): Promise<McpApp> {
  const { bodyLimit = 100_000, ...rest } = options;
  const { metadata, override, configure, adapter, ...mcp } = rest;
  const log = new LogLines();
  const builder = Test.createTestingModule({
    imports: [
      McpModule.forRoot({
        name: 'test',
        version: '1.0.0',
        guards: [NameGuard],
        fastPath: FAST_PATH,
        ...mcp,
      }),
      ...((metadata?.imports ?? []) as Type[]),
    ],
    controllers: metadata?.controllers ?? [],
    providers: [NameGuard, ...(providers as Type[]), ...((metadata?.providers ?? []) as Type[])],
  });
  const module = await (override?.(builder) ?? builder).setLogger(log).compile();
  const app = module.createNestApplication<NestFastifyApplication>(
    adapter ?? createAdapter(ADAPTER, bodyLimit),
    { logger: log, ...(!adapter && { forceCloseConnections: true }) },
  );
  configure?.(app);
  try {
    await app.listen(0, '127.0.0.1');
  } catch (error) {
    await app.close().catch(() => undefined);
    throw error;
  }
  return { app, url: `${await app.getUrl()}/mcp`, log };
}

/** The same, closed when the running test ends. */
export async function mcpApp(
  providers: readonly unknown[],
  options: McpAppOptions = {},
): Promise<McpApp> {
  const started = await startMcpApp(providers, options);
  onTestFinished(() => started.app.close());
  return started;
}

export const MODERN = '2026-07-28';

export interface RpcOptions {
  readonly headers?: Record<string, string>;
  readonly era?: 'modern' | 'legacy';
  /** Who calls, for {@link NameGuard}. */
  readonly as?: string | undefined;
  readonly signal?: AbortSignal;
}

let lastId = 0;

/** A raw JSON-RPC request, in the wire form of 2026-07-28 unless told otherwise. */
export function rpc(
  url: string,
  method: string,
  params: Record<string, unknown> = {},
  { headers = {}, era = 'modern', as, signal }: RpcOptions = {},
): Promise<Response> {
  const modern = era === 'modern';
  const name = params['name'] ?? params['uri'];
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(as !== undefined && { authorization: `Bearer ${as}` }),
      ...(modern && { 'mcp-protocol-version': MODERN, 'mcp-method': method }),
      ...(modern && typeof name === 'string' && { 'mcp-name': name }),
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: (lastId += 1),
      method,
      params: modern
        ? {
            ...params,
            _meta: {
              'io.modelcontextprotocol/protocolVersion': MODERN,
              'io.modelcontextprotocol/clientCapabilities': {},
              ...(params['_meta'] as object | undefined),
            },
          }
        : params,
    }),
    ...(signal && { signal }),
  });
}

/** The outcome of a tool call over the wire. */
export interface CallOutcome {
  readonly status: number;
  readonly result?: {
    readonly isError?: boolean;
    readonly content: { readonly type: string; readonly text: string }[];
    readonly structuredContent?: any;
  };
  readonly error?: { readonly code: number; readonly message: string };
  /** The text of the first content block. */
  readonly text: string | undefined;
}

/** Calls a tool as `alice`, or as told. */
export async function call(
  url: string,
  name: string,
  args: unknown = {},
  { as = 'alice', ...options }: RpcOptions = {},
): Promise<CallOutcome> {
  const response = await rpc(url, 'tools/call', { name, arguments: args }, { as, ...options });
  const { result, error } = (await response.json()) as Omit<CallOutcome, 'status' | 'text'>;
  return {
    status: response.status,
    ...(result && { result }),
    ...(error && { error }),
    text: result?.content[0]?.text,
  };
}

/** The names of the tools that a caller sees. */
export async function toolNames(url: string, as: string | undefined = 'alice'): Promise<string[]> {
  const response = await rpc(url, 'tools/list', {}, { as });
  const { result } = (await response.json()) as { result: { tools: { name: string }[] } };
  return result.tools.map(({ name }) => name);
}

/** Starts an application and closes it again: for what stops the boot. */
export async function boot(...parameters: Parameters<typeof startMcpApp>): Promise<void> {
  const { app } = await startMcpApp(...parameters);
  await app.close();
}
