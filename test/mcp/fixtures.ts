import { Injectable, type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { AccessRefusedError } from '../../src/access/access-refused.error.js';
import type { Principal } from '../../src/access/principal.js';
import { attachPrincipal } from '../../src/access/request-principal.js';
import type { McpModuleOptions } from '../../src/mcp/mcp-options.js';
import { McpModule } from '../../src/mcp/mcp.module.js';

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
}

/** An application with these providers as its only content, listening on a free port. */
export async function startMcpApp(
  providers: readonly Type[],
  options: Partial<McpModuleOptions> & {
    readonly metadata?: { imports?: Type[]; providers?: unknown[] };
    readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
    readonly bodyLimit?: number;
  } = {},
): Promise<McpApp> {
  const { metadata, override = (builder) => builder, bodyLimit = 100_000, ...rest } = options;
  const builder = Test.createTestingModule({
    imports: [
      McpModule.forRoot({ name: 'test', version: '1.0.0', guards: [NameGuard], ...rest }),
      ...(metadata?.imports ?? []),
    ],
    providers: [NameGuard, ...providers, ...((metadata?.providers ?? []) as Type[])],
  });
  const module = await override(builder)
    .setLogger(false as never)
    .compile();
  const app = module.createNestApplication<NestFastifyApplication>(
    new FastifyAdapter({ bodyLimit }),
    { logger: false },
  );
  await app.listen(0, '127.0.0.1');
  return { app, url: `${await app.getUrl()}/mcp` };
}

export const MODERN = '2026-07-28';

/** A raw JSON-RPC request, in the wire form of 2026-07-28 unless told otherwise. */
export function rpc(
  url: string,
  method: string,
  params: Record<string, unknown> = {},
  {
    headers = {},
    era = 'modern',
  }: { headers?: Record<string, string>; era?: 'modern' | 'legacy' } = {},
): Promise<Response> {
  const modern = era === 'modern';
  const name = params['name'] ?? params['uri'];
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(modern && { 'mcp-protocol-version': MODERN, 'mcp-method': method }),
      ...(modern && typeof name === 'string' && { 'mcp-name': name }),
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
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
  });
}
