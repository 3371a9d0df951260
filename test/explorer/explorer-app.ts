import { Injectable, type INestApplication } from '@nestjs/common';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { z } from 'zod';
import {
  AcceptTokens,
  Public,
  RequireOrganization,
  RequirePermission,
  RequirePolicy,
  RequireReverification,
  RequireRole,
  RequireScopes,
} from '../../src/access/access.decorators.js';
import type { ClerkAuthOptions } from '../../src/clerk/clerk-auth.options.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkContext } from '../../src/clerk/user/clerk-context.js';
import {
  startClerkEmulator,
  type ClerkEmulator,
  type ClerkEmulatorOptions,
} from '../../src/emulator/index.js';
import type { McpExplorerExtras, McpExplorerOptions } from '../../src/explorer/index.js';
import { McpExplorerModule } from '../../src/explorer/index.js';
import { McpPrompt } from '../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpResource } from '../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import type { Principal } from '../../src/request/principal.js';
import type { McpModuleOptions } from '../../src/mcp/mcp-options.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { createAdapter, type AdapterName } from '../support/adapters.js';
import { optionsOf } from '../support/clerk-app.js';
import { freePort } from '../support/free-port.js';
import { signingKey } from '../support/signing-key.js';

export const ADA = 'ada@example.com';
export const GRACE = 'grace@example.com';
export const ORGANIZATION = 'analytical-engines';

/** One entry for each kind of refusal. */
@Injectable()
export class LedgerTools {
  constructor(private readonly clerk: ClerkContext) {}

  @Public()
  @McpTool({ title: 'About', description: 'For everybody', annotations: { readOnlyHint: true } })
  about() {
    return 'A ledger';
  }

  @McpTool({ description: 'For whoever is signed in', input: z.object({ note: z.string() }) })
  read({ note }: { note: string }) {
    return `${note} of ${this.clerk.principal?.subject}`;
  }

  @RequireScopes('ledger:write')
  @McpTool({ description: 'Needs a scope' })
  write() {
    return 'written';
  }

  @RequireScopes('ledger:write')
  @RequireOrganization()
  @RequirePermission('org:ledger:share')
  @McpTool({ description: 'Needs a permission' })
  share() {
    return 'shared';
  }

  @RequireRole('org:admin')
  @McpTool({ description: 'Needs a role' })
  close() {
    return 'closed';
  }

  @AcceptTokens('session_token')
  @RequireReverification('strict')
  @McpTool({ description: 'Needs a session that was verified lately' })
  purge() {
    return 'purged';
  }

  @RequirePolicy(function ownBooks({ principal }: { readonly principal: Principal }) {
    return principal.tokenType !== 'oauth_token';
  })
  @McpTool({ description: 'Needs a policy' })
  audit() {
    return 'audited';
  }

  @RequireScopes('ledger:read')
  @McpResource({ uri: 'ledger://all', description: 'All' })
  all() {
    return 'all';
  }

  @McpPrompt({ description: 'A summary' })
  summary() {
    return 'sum up';
  }
}

/** An application with the explorer, over a real port. */
export interface ExplorerApp {
  readonly app: INestApplication;
  readonly clerk: ClerkEmulator;
  readonly origin: string;
  /** URL of the page. */
  readonly url: string;
  /** Sends what the page sends. */
  ask(path: string, body?: object, headers?: Record<string, string>): Promise<Response>;
  stop(): Promise<void>;
}

export interface ExplorerAppOptions {
  readonly adapter?: AdapterName;
  /** In place of that of the tests. */
  readonly framework?: FastifyAdapter;
  readonly explorer?: McpExplorerOptions & McpExplorerExtras;
  readonly mcp?: Partial<McpModuleOptions>;
  readonly clerk?: Partial<ClerkAuthOptions>;
  readonly emulator?: ClerkEmulatorOptions;
  readonly providers?: readonly (new (...args: any[]) => object)[];
  readonly prefix?: string;
  readonly configure?: (app: INestApplication) => unknown;
}

export async function startExplorerApp(options: ExplorerAppOptions = {}): Promise<ExplorerApp> {
  const { adapter = 'fastify', prefix = '', providers = [LedgerTools] } = options;
  const clerk = await startClerkEmulator({
    signingKey: signingKey(),
    customScopes: { 'ledger:read': 'Read the ledger', 'ledger:write': 'Write the ledger' },
    ...options.emulator,
  });
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const module = await Test.createTestingModule({
    imports: [
      ClerkAuthModule.forRoot({
        ...optionsOf(clerk, `${origin}${prefix && `/${prefix}`}`),
        acceptedTokens: ['oauth_token', 'session_token', 'api_key', 'm2m_token'],
        authorizedParties: [origin],
        scopes: ['profile', 'email', 'offline_access', 'ledger:read'],
        ...options.clerk,
      }),
      McpModule.forRoot({
        name: 'ledger',
        title: 'The ledger',
        version: '1.0.0',
        guards: [ClerkAuthGuard],
        ...options.mcp,
      }),
      McpExplorerModule.forRoot({ ...options.explorer }),
    ],
    providers: [...providers],
  }).compile();
  const framework = options.framework ?? createAdapter(adapter, 20_000_000);
  const app = module.createNestApplication(framework, { logger: false });
  if (prefix) app.setGlobalPrefix(prefix);
  await options.configure?.(app);
  await app.listen(port, '127.0.0.1');
  const url = `${origin}${prefix && `/${prefix}`}/${options.explorer?.path ?? 'explorer'}`;
  return {
    app,
    clerk,
    origin,
    url,
    ask: (path, body = {}, headers = {}) =>
      fetch(`${url}/api/${path}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin,
          'sec-fetch-site': 'same-origin',
          ...headers,
        },
        body: JSON.stringify(body),
      }),
    stop: async () => {
      await app.close();
      await clerk.close();
    },
  };
}
