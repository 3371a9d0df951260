import {
  DEFAULT_NEGOTIATED_PROTOCOL_VERSION,
  PROTOCOL_VERSION_META_KEY,
  type Implementation,
  type LoggingLevel,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Principal } from '../../access/principal.js';
import type { McpExchange } from './mcp-exchange.js';

/** What a handler may know of its call, and what it may say while it runs. */
export class McpContext {
  readonly #exchange: McpExchange;
  readonly #serving: ServerContext;
  readonly #server: McpServer;

  constructor(exchange: McpExchange, serving: ServerContext, server: McpServer) {
    this.#exchange = exchange;
    this.#serving = serving;
    this.#server = server;
  }

  /** The caller, or `undefined` for an anonymous one. */
  get principal(): Principal | undefined {
    return this.#exchange.principal;
  }

  /** Id of the JSON-RPC request, unique within one client. */
  get requestId(): string | number {
    return this.#serving.mcpReq.id;
  }

  /** Aborts when the client cancels the call or goes away. Hand it to everything that waits. */
  get signal(): AbortSignal {
    return this.#serving.mcpReq.signal;
  }

  /** Name and version that the client gave of itself. Not verified. */
  get client(): Implementation | undefined {
    return this.#server.server.getClientVersion();
  }

  /** The protocol revision that this call is served on, such as `2026-07-28`. */
  get protocolVersion(): string {
    const envelope: Record<string, unknown> = this.#serving.mcpReq.envelope ?? {};
    const claimed = envelope[PROTOCOL_VERSION_META_KEY];
    if (typeof claimed === 'string') return claimed;
    return (
      this.#server.server.getNegotiatedProtocolVersion() ?? DEFAULT_NEGOTIATED_PROTOCOL_VERSION
    );
  }

  /** Session of a 2025-era client; `undefined` in 2026-07-28, which has none. */
  get sessionId(): string | undefined {
    return this.#serving.sessionId;
  }

  /**
   * Tells the client how far the call is. Does nothing for a client that did not ask.
   *
   * @param progress grows with each report
   * @param total what `progress` ends at, where it is known
   */
  async progress(progress: number, total?: number, message?: string): Promise<void> {
    const progressToken = this.#serving.mcpReq._meta?.progressToken;
    if (progressToken === undefined) return;
    await this.#serving.mcpReq.notify({
      method: 'notifications/progress',
      params: {
        progressToken,
        progress,
        ...(total !== undefined && { total }),
        ...(message !== undefined && { message }),
      },
    });
  }

  /** Sends a log message to a client that asked for this level. It is not the log of the server. */
  async log(level: LoggingLevel, data: unknown, logger?: string): Promise<void> {
    await this.#serving.mcpReq.log(level, data, logger);
  }
}
