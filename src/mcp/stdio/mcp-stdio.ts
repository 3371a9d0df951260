import type { Readable, Writable } from 'node:stream';
import type { ServerEventBus } from '@modelcontextprotocol/server';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AccessRefusedError } from '../../access/access.errors.js';
import { RevocationRegistry } from '../../access/revocation-registry.js';
import { CallScope, TokenAuthenticator } from '../../request/authentication.js';
import type { Principal } from '../../request/principal.js';
import { resolveOptional } from '../../request/resolve-optional.js';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import { AccessTokenRefusedError, MissingTokenAuthenticatorError } from '../mcp.errors.js';
import { CONTAINED_EVENT_BUS, MCP_PATH } from '../mcp.tokens.js';
import { SdkPath } from '../server/sdk-path.js';
import { McpTelemetry } from '../telemetry/mcp-telemetry.js';
import { DefaultCallScope, StdioConnection } from './stdio-connection.js';
import { StdioTransport } from './stdio-transport.js';

export interface McpStdioOptions {
  /**
   * Access token of the user that the server works for, verified like one over HTTP. Default: none,
   * so that only public entries can be listed and called.
   */
  readonly token?: string | undefined;
  /** Where the client writes. Default: stdin of the process. */
  readonly stdin?: Readable;
  /** Where the client reads. Default: stdout of the process. Nothing else may write to it, see `claimStdout`. */
  readonly stdout?: Writable;
  /**
   * How long running calls may take once stdin has ended, in milliseconds, and how long a client may
   * take to read their answers. Default: 5,000.
   */
  readonly drainMs?: number;
}

/**
 * Serves the catalog to a client on stdin and stdout, with the same access rules as over HTTP. The
 * guards of the endpoint, which authenticate HTTP requests, do not run.
 *
 * With several servers, select one by its module:
 * `app.select(notesServer).get(McpStdio, { strict: true })`.
 *
 * @example
 * ```ts
 * const stdout = claimStdout();
 * const app = await NestFactory.createApplicationContext(AppModule);
 * const connection = await app.get(McpStdio).connect({ stdout, token });
 * await connection.closed;
 * await app.close();
 * ```
 */
@Injectable()
export class McpStdio implements OnModuleDestroy {
  private readonly connections = new Set<StdioConnection>();

  constructor(
    private readonly sdkPath: SdkPath,
    private readonly catalog: McpCatalog,
    private readonly moduleRef: ModuleRef,
    @Inject(CONTAINED_EVENT_BUS) private readonly bus: ServerEventBus,
    @Inject(MCP_PATH) private readonly path: string,
    private readonly revocations: RevocationRegistry,
    private readonly telemetry: McpTelemetry,
  ) {}

  /**
   * Starts to serve the client.
   *
   * @throws {AccessTokenRefusedError} the token is not valid
   * @throws {MissingTokenAuthenticatorError} there is a token, but no `TokenAuthenticator`
   */
  async connect(options: McpStdioOptions = {}): Promise<StdioConnection> {
    const { token, stdin = process.stdin, stdout = process.stdout, drainMs = 5_000 } = options;
    this.catalog.leaveOutRoutes();
    const principal = token === undefined ? undefined : await this.authenticate(token);
    const connection = new StdioConnection({
      server: this.sdkPath.parts,
      transport: new StdioTransport(stdin, stdout, drainMs),
      bus: this.bus,
      scope: resolveOptional(this.moduleRef, CallScope) ?? new DefaultCallScope(),
      principal,
      telemetry: this.telemetry,
    });
    this.connections.add(connection);
    const release = this.revocations.register(
      () => principal,
      () => void connection.close(),
    );
    void connection.closed.then(release);
    void connection.closed.then(() => this.connections.delete(connection));
    return connection;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.allSettled([...this.connections].map((connection) => connection.close()));
  }

  private async authenticate(token: string): Promise<Principal> {
    const authenticator = resolveOptional(this.moduleRef, TokenAuthenticator);
    if (!authenticator) throw new MissingTokenAuthenticatorError();
    try {
      return await authenticator.authenticate(token, this.path);
    } catch (cause) {
      if (cause instanceof AccessRefusedError) {
        throw new AccessTokenRefusedError(cause.refusal, { cause });
      }
      throw cause;
    }
  }
}
