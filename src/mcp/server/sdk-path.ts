import type { McpReading } from '../protocol/read-messages.js';
import { createCatalogServer } from './serve-catalog.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { toNodeHandler, type NodeIncomingMessageLike } from '@modelcontextprotocol/node';
import {
  classifyInboundRequest,
  createMcpHandler,
  type McpHttpHandler,
  type ServerEvent,
  type ServerEventBus,
} from '@modelcontextprotocol/server';
import { AccessControl } from '../../access/access-control.js';
import { RequestAccess } from '../../access/request-access.js';
import { trustedAddressKey } from '../../request/caller-key.js';
import { ServiceDrain } from '../../drain/service-drain.js';
import { McpAudit } from '../audit/mcp-audit.js';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import { type McpExchange, toAuthInfo } from '../invocation/mcp-exchange.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { textMember } from '../../request/json-object.js';
import { CONTAINED_EVENT_BUS, MCP_PATH, RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { MemoryBudget } from '../protocol/memory-budget.js';
import { Pages } from '../protocol/pages.js';
import { McpRefusals } from '../invocation/refusals.js';
import { RevocationRegistry } from '../../access/revocation-registry.js';
import { McpTasks } from '../tasks/mcp-tasks.js';
import { admitToTasks } from '../tasks/task-admission.js';
import { withTaskStatus } from '../tasks/task-subscription.js';
import { CallerBus } from './caller-bus.js';
import { CatalogServer, type ServerParts, createRequestStates } from './catalog-server.js';
import { ContainedEventStores } from './contained-event-stores.js';
import { McpEventStores } from './event-stores.js';
import { OpenStreams, tooManyStreams } from './open-streams.js';
import { malformedParams } from '../protocol/request-shapes.js';
import { SessionDirectory } from './session-directory.js';
import { deliver, mayHearOf, tellWhenAllowed, wantsToHearOf } from './session-events.js';
import { LegacySessions } from './legacy-sessions.js';
import { shuttingDown } from './shutting-down.js';
import { UnreadAnswers, responseForSdk } from './unread-answers.js';

/**
 * Serves one endpoint to clients of every protocol revision: 2026-07-28 request by request, the
 * revisions before it on sessions. Access has been decided when this is reached.
 */
@Injectable()
export class SdkPath implements OnModuleDestroy {
  private readonly logger = new Logger('McpServing');
  /** What its servers are made of, for other ways to connect to the same catalog. */
  readonly parts: ServerParts;
  readonly sessions: SessionDirectory;
  private readonly modern: McpHttpHandler;
  /** Serves `subscriptions/listen`, whose streams end before the calls that run. */
  private readonly subscriptions: McpHttpHandler;
  private readonly callers: CallerBus;
  private readonly legacy: LegacySessions;
  private readonly streams: OpenStreams;
  readonly unread: UnreadAnswers;
  private readonly sweeper: NodeJS.Timeout;
  private readonly unsubscribe: () => void;
  /** Streams are over, and new work is refused: what runs may end by itself. */
  private draining = false;
  private closing = false;

  constructor(
    catalog: McpCatalog,
    @Inject(RESOLVED_MCP_OPTIONS) options: ResolvedMcpOptions,
    @Inject(MCP_PATH) path: string,
    @Inject(CONTAINED_EVENT_BUS) bus: ServerEventBus,
    eventStores: McpEventStores,
    tasks: McpTasks,
    control: AccessControl,
    refusals: McpRefusals,
    private readonly access: RevocationRegistry,
    audit: McpAudit,
    memory: MemoryBudget,
    drain: ServiceDrain,
  ) {
    this.parts = {
      catalog,
      control,
      audit,
      refusals,
      path,
      options,
      tasks,
      memory,
      pages: new Pages(path, options.pageSize, options.requestStateKey),
      states: createRequestStates(path, options.requestStateKey),
    };
    this.sessions = new SessionDirectory({
      ...options.sessions,
      graceMs: options.revocationGraceMs,
      memory: memory.sessions,
    });
    this.callers = new CallerBus(
      bus,
      (event, caller) => mayHearOf(event, catalog, caller),
      this.onerror,
    );
    const createHandler = (): McpHttpHandler =>
      createMcpHandler(() => this.createServer('modern'), {
        legacy: 'reject',
        bus: this.callers,
        onerror: this.onerror,
      });
    this.modern = createHandler();
    this.subscriptions = createHandler();
    this.legacy = new LegacySessions(
      options.legacy === 'stateless' ? undefined : this.sessions,
      () => this.createServer('legacy'),
      new ContainedEventStores(eventStores, options.seamTimeoutMs),
      this.access,
    );
    this.unread = new UnreadAnswers(options.limits, memory.answers);
    this.streams = new OpenStreams(options.maxStreamsPerPrincipal);
    this.unsubscribe = bus.subscribe((event) => this.tellSessions(event));
    this.sweeper = setInterval(() => this.sessions.sweep(), SWEEP_MS);
    this.sweeper.unref();
    drain.onEnd(() => this.endStreams());
  }

  /** Whether the service drains: what runs may end, and new work is refused. */
  get isDraining(): boolean {
    return this.draining;
  }

  /** Answers one HTTP exchange. The response of Node must be free: nothing sent, nothing hijacking it. */
  async serve(http: NodeHttp, exchange: McpExchange): Promise<void> {
    const { request, response } = http;
    const serve = toNodeHandler(
      { fetch: (web) => this.answer(web, http, exchange) },
      { onerror: this.onfailure },
    );
    try {
      await serve(forSdk(request), responseForSdk(response, this.unread), NO_BODY);
    } catch (error) {
      this.onfailure(error);
      // The HTTP framework has let go of the reply, so that nobody else ends it.
      response.destroy();
    }
  }

  /** Notes that the caller of this session was asked to sign in. */
  markChallenged(sessionId: string): void {
    this.sessions.markChallenged(sessionId);
  }

  /**
   * Ends the streams, those of subscriptions with their result, and refuses new work from now on. Calls
   * that run go on, and may get the answers that they wait for.
   */
  private async endStreams(): Promise<void> {
    this.draining = true;
    for (const { transport } of this.sessions.all) transport.closeStandaloneSSEStream();
    await this.subscriptions.close();
  }

  /**
   * Ends every stream. It runs in the first phase of the shutdown: an open stream would hold the HTTP
   * server, and with it the later phases, for ever.
   */
  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    clearInterval(this.sweeper);
    this.unread.close();
    this.unsubscribe();
    const handlers = [this.modern, this.subscriptions, this.legacy];
    await Promise.allSettled(handlers.map((handler) => handler.close()));
  }

  private async answer(
    web: Request,
    { request, response, body }: NodeHttp,
    exchange: McpExchange,
  ): Promise<Response> {
    if (this.closing) return shuttingDown();
    const { reading } = exchange;
    const [message] = reading.messages;
    const isStream = opensStream(request, reading);
    if (isStream) {
      const { principal } = exchange;
      const address = trustedAddressKey(exchange.request);
      if (!this.streams.hasRoomFor(principal, address)) return tooManyStreams();
      this.streams.track(response, principal, address);
    }
    const authInfo = toAuthInfo(exchange);
    const { kind } = classifyInboundRequest({
      httpMethod: web.method,
      ...textMember('protocolVersionHeader', request.headers['mcp-protocol-version']),
      ...textMember('mcpMethodHeader', request.headers['mcp-method']),
      body,
    });
    const isOne = kind !== 'reject' && message && !reading.isBatch;
    const malformed = isOne ? malformedParams(message, kind) : undefined;
    if (malformed) return Response.json(malformed);
    if (kind === 'legacy' && this.parts.options.legacy !== 'reject') {
      return this.legacy.handle(web, authInfo, body, response);
    }
    const { refused, watched } = await admitToTasks(exchange, this.parts);
    if (refused) return refused;
    const { access } = exchange;
    const options = { authInfo, parsedBody: body };
    const listener = { access, notifications: message?.params['notifications'] };
    const served = await (isStream
      ? this.callers.runAs(listener, () => this.subscriptions.fetch(web, options))
      : this.modern.fetch(web, options));
    const listening = { tasks: this.parts.tasks, access };
    const answer = watched ? await withTaskStatus(served, watched, listening, web.signal) : served;
    return answer.status === CLIENT_CLOSED && this.closing ? shuttingDown() : answer;
  }

  /** A session whose client is gone by now is none of the others' business. */
  private tellSessions(event: ServerEvent): void {
    const { catalog, control } = this.parts;
    for (const { server, principal } of this.sessions.all) {
      if (!wantsToHearOf(event, server)) continue;
      tellWhenAllowed(event, server.undecided, {
        mayHear: () => mayHearOf(event, catalog, RequestAccess.withoutRequest(control, principal)),
        tell: () => deliver(event, server),
      }).catch(this.onerror);
    }
  }

  private createServer(era: CatalogServer['era']): CatalogServer {
    const server = createCatalogServer(this.parts, era);
    server.server.onerror = this.onerror;
    return server;
  }

  private readonly onfailure = (error: unknown): void => {
    this.logger.error('The MCP exchange failed', error instanceof Error ? error.stack : error);
  };

  /** What a client did wrong is for the client; it is here for who debugs one. */
  private readonly onerror = (error: Error): void => {
    this.logger.debug(error.message);
  };
}

const SWEEP_MS = 30_000;

/** What the SDK answers a call with whose connection is gone, at a shutdown too. */
const CLIENT_CLOSED = 499;
/** The body is handed over parsed, once, in `answer`: there is no other to write or read. */
const NO_BODY = null;

/**
 * The request as the SDK sees it. It makes a URL of target and `Host`, which need not give one, and
 * reads neither; and it has no use for a credential.
 */
function forSdk(request: IncomingMessage): NodeIncomingMessageLike {
  const { authorization: _authorization, cookie: _cookie, ...headers } = request.headers;
  return {
    method: request.method ?? 'GET',
    url: '/',
    headers: { ...headers, host: 'localhost' },
    [Symbol.asyncIterator]: () => request[Symbol.asyncIterator](),
  };
}

/** Whether an exchange is a stream that stays open: that of a session, or that of a subscription. */
export function opensStream({ method }: IncomingMessage, reading: McpReading): boolean {
  if (method === 'GET') return true;
  return !reading.isBatch && reading.messages[0]?.traits.opensStream === true;
}

/** The HTTP side of an exchange. */
export interface NodeHttp {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Parsed. */
  readonly body: unknown;
}
