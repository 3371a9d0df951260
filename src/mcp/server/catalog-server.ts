import {
  McpServer,
  type JsonSchemaValidatorResult,
  type Notification,
  type RequestStateCodec,
  type ServerCapabilities,
  type ServerContext,
  type Transport,
  type jsonSchemaValidator,
} from '@modelcontextprotocol/server';
import type { AccessControl } from '../../access/access-control.js';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { RequestAccess } from '../../access/request-access.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { Principal } from '../../request/principal.js';
import type { McpAudit } from '../audit/mcp-audit.js';
import { McpContext } from '../authoring/mcp-context.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { type McpExchange, exchangeOf, requestIdIn } from '../invocation/mcp-exchange.js';
import type { McpRefusals } from '../invocation/refusals.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import type { MemoryBudget } from '../protocol/memory-budget.js';
import type { Pages } from '../protocol/pages.js';
import type { McpTasks } from '../tasks/mcp-tasks.js';
import { observeTransport } from '../telemetry/observe-transport.js';
import type { EventClient } from './session-events.js';
import { Subscriptions } from './subscriptions.js';

/** The services that all servers of one endpoint share. */
export interface ServerParts {
  readonly catalog: McpCatalog;
  readonly control: AccessControl;
  readonly audit: McpAudit;
  readonly refusals: McpRefusals;
  /** Path of the endpoint, without leading and trailing slashes. */
  readonly path: string;
  readonly options: ResolvedMcpOptions;
  readonly states: RequestStateCodec;
  readonly pages: Pages;
  readonly memory: MemoryBudget;
  readonly tasks: McpTasks;
  readonly instrumentation: Instrumentation;
}

/**
 * The SDK's server over the compiled catalog. One instance serves one exchange or one session,
 * never two callers. It extends `McpServer` because the SDK checks `Mcp-Param-*` headers only for
 * instances of it.
 */
export class CatalogServer extends McpServer implements EventClient {
  /** Resources whose updates the client subscribed to; those of the session, if there is one. */
  subscriptions: Subscriptions;
  /** Events that wait for the decision whether this client may receive them. */
  readonly undecided = new Set<string>();

  /** What it is connected by, for telemetry. */
  protected readonly transportKind: 'http' | 'stdio' = 'http';

  /** @param era `modern` for 2026-07-28, `legacy` for the revisions before it */
  constructor(
    readonly parts: ServerParts,
    readonly era: 'modern' | 'legacy' = 'legacy',
  ) {
    const { options, states } = parts;
    super(options.serverInfo, {
      ...(options.instructions !== undefined && { instructions: options.instructions }),
      capabilities: { logging: {} },
      cacheHints: LIST_HINTS,
      jsonSchemaValidator: NO_VALIDATOR,
      requestState: { verify: (state, context) => states.verify(state, context) },
    });
    this.subscriptions = new Subscriptions(options.limits, parts.memory.sessions);
  }

  override async connect(transport: Transport): Promise<void> {
    await super.connect(transport);
    const { instrumentation } = this.parts;
    if (!instrumentation.isOn) return;
    observeTransport(transport, instrumentation, () => ({
      transport: this.transportKind,
      protocolVersion: this.server.getNegotiatedProtocolVersion(),
      sessionId: transport.sessionId,
    }));
  }

  get capabilities(): ServerCapabilities {
    return this.server.getCapabilities();
  }

  notify(notification: Notification): Promise<void> {
    return this.server.notification(notification);
  }

  /** Read by the SDK to compare `Mcp-Param-*` headers with the arguments. */
  override toolInputSchemaJson(name: string): ReturnType<McpServer['toolInputSchemaJson']> {
    return this.parts.catalog.tools.get(name)?.definition.inputSchema;
  }

  /** The access of the sender of a message. */
  accessOf({ http }: ServerContext): RequestAccess {
    return exchangeOf(http?.authInfo).access;
  }

  /** The sender of a message. */
  callerOf({ http }: ServerContext): Principal | undefined {
    return exchangeOf(http?.authInfo).principal;
  }

  /**
   * Checks that the caller may use an entry, and creates the context of its handler. The endpoint
   * has checked the same before; this check also covers messages that it cannot see.
   *
   * @throws {AccessRefusedError}
   */
  async authorize(
    entry: CatalogEntry,
    sdkContext: ServerContext,
    uri?: string,
  ): Promise<{ readonly exchange: McpExchange; readonly context: McpContext }> {
    const exchange = exchangeOf(sdkContext.http?.authInfo);
    const { refusal } = await exchange.access.decide(entry.access);
    if (refusal) throw new AccessRefusedError(refusal);
    const { states } = this.parts;
    const target = uri ?? entry.key;
    const requestId = requestIdIn(sdkContext.http?.authInfo);
    const parts = { caller: exchange, sdkContext, requestId, server: this, states, target };
    const context = new McpContext({ ...parts, ...(uri !== undefined && { uri }) });
    return { exchange, context };
  }
}

/** Cache hints: lists and contents depend on the caller, so that nothing is cached for others. */
export const LIST_HINTS = {
  'tools/list': { ttlMs: 0, cacheScope: 'private' },
  'prompts/list': { ttlMs: 0, cacheScope: 'private' },
  'resources/list': { ttlMs: 0, cacheScope: 'private' },
  'resources/templates/list': { ttlMs: 0, cacheScope: 'private' },
  'resources/read': { ttlMs: 0, cacheScope: 'private' },
} as const;

/** The catalog validates arguments and results; the SDK need not do it again. */
const NO_VALIDATOR: jsonSchemaValidator = {
  getValidator:
    <T>() =>
    (data: unknown): JsonSchemaValidatorResult<T> => ({
      valid: true,
      data: data as T, // The SDK chooses `T`; nothing is validated here.
      errorMessage: undefined,
    }),
};
