import type { ServerResponse } from 'node:http';
import type { NodeServerResponseLike } from '@modelcontextprotocol/node';
import { createMcpHandler, type McpHttpHandler } from '@modelcontextprotocol/server';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { AccessControl } from '../../access/access-control.js';
import { RevocationRegistry } from '../../access/revocation-registry.js';
import type { Backplane } from '../../backplane/backplane.js';
import { BACKPLANE } from '../../backplane/backplane.module.js';
import { ServiceDrain } from '../../drain/service-drain.js';
import { INSTRUMENTATION } from '../../instrumentation/instrumentation.module.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import { McpAudit } from '../audit/mcp-audit.js';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import { type McpExchange, toAuthInfo } from '../invocation/mcp-exchange.js';
import { McpRefusals } from '../invocation/refusals.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import {
  CONTAINED_EVENT_BUS,
  EVENT_HISTORY,
  MCP_PATH,
  RESOLVED_MCP_OPTIONS,
} from '../mcp.tokens.js';
import { JSON_TYPE, STREAM_TYPE } from '../protocol/accepted-types.js';
import { MemoryBudget } from '../protocol/memory-budget.js';
import { Pages } from '../protocol/pages.js';
import { McpTasks } from '../tasks/mcp-tasks.js';
import { admitToTasks } from '../tasks/task-admission.js';
import { withTaskStatus } from '../tasks/task-subscription.js';
import { reportAnswer } from '../telemetry/report-answer.js';
import { CallAnswers } from './call-answer.js';
import { CallerBus } from './caller-bus.js';
import { CatalogServer, type ServerParts } from './catalog-server.js';
import type { ContainedEventBus } from './contained-event-bus.js';
import { McpEventStores } from './event-stores.js';
import { Deliveries } from './deliveries.js';
import { createEndpointSessions } from './endpoint-sessions.js';
import type { Greeting } from './greeting.js';
import { Heartbeat } from './heartbeat.js';
import type { LegacySessions } from './legacy-sessions.js';
import { sendJson, setKeptHeaders } from './node-response.js';
import { OpenStreams, tooManyStreams } from './open-streams.js';
import { createRequestStates } from './request-states.js';
import { SharedStreams } from './shared-streams.js';
import { createCatalogServer } from './serve-catalog.js';
import {
  classify,
  nodeAdapter,
  opensStream,
  requestForSdk,
  type NodeHttp,
  type SdkExchange,
} from './sdk-exchange.js';
import { SessionAccess } from './session-access.js';
import type { EventHistory } from './session-audience.js';
import type { SessionDirectory } from './session-directory.js';
import { mayReceive } from './session-events.js';
import { shuttingDown } from './shutting-down.js';
import { UnreadAnswers, responseForSdk } from './unread-answers.js';
import { withoutStream } from './without-stream.js';
import { logFailure } from '../../request/log-failure.js';

/**
 * Serves one endpoint through the SDK to clients of every protocol revision: 2026-07-28 request by
 * request, earlier revisions on sessions. The endpoint has checked access before.
 */
@Injectable()
export class SdkPath implements OnModuleDestroy {
  private readonly logger = new Logger('McpSdkPath');
  /** The services of its servers, also used by the fast path and by stdio. */
  readonly parts: ServerParts;
  readonly sessions: SessionDirectory;
  readonly greeting: Greeting;
  private readonly modern: McpHttpHandler;
  /** Serves `subscriptions/listen`. At shutdown its streams end before the running calls. */
  private readonly subscriptions: McpHttpHandler;
  private readonly callers: CallerBus;
  readonly legacy: LegacySessions;
  /** What a request needs of a session before it is served. */
  readonly access: SessionAccess;
  readonly streams: OpenStreams;
  private readonly sharedStreams: SharedStreams;
  readonly unread: UnreadAnswers;
  readonly answers: CallAnswers;
  private readonly deliveries = new Deliveries((error) => this.onerror(error));
  private readonly sweeper: NodeJS.Timeout;
  private readonly unsubscribe: () => void;
  /** Streams have ended and new work is refused, while running calls may finish. */
  private draining = false;
  private closing = false;

  constructor(
    catalog: McpCatalog,
    @Inject(RESOLVED_MCP_OPTIONS) options: ResolvedMcpOptions,
    @Inject(MCP_PATH) path: string,
    @Inject(CONTAINED_EVENT_BUS) private readonly bus: ContainedEventBus,
    eventStores: McpEventStores,
    tasks: McpTasks,
    control: AccessControl,
    refusals: McpRefusals,
    revocations: RevocationRegistry,
    audit: McpAudit,
    memory: MemoryBudget,
    drain: ServiceDrain,
    readonly heartbeat: Heartbeat,
    @Inject(BACKPLANE) backplane: Backplane,
    @Inject(EVENT_HISTORY) history: EventHistory | null,
    @Inject(INSTRUMENTATION) instrumentation: Instrumentation,
  ) {
    this.parts = {
      catalog,
      control,
      audit,
      refusals,
      path,
      options,
      tasks,
      instrumentation,
      memory,
      pages: new Pages(path, options.pageSize, options.requestStateKey),
      states: createRequestStates(path, options, backplane),
    };
    this.callers = new CallerBus(
      bus,
      (event, caller) => mayReceive(event, catalog, caller),
      this.deliveries,
    );
    const createHandler = (options?: { readonly keepAliveMs: number }): McpHttpHandler =>
      createMcpHandler(() => this.createServer('modern'), {
        legacy: 'reject',
        bus: this.callers,
        onerror: this.onerror,
        ...options,
      });
    this.modern = createHandler(NO_TIMER);
    this.subscriptions = createHandler();
    const { deliveries } = this;
    const created = createEndpointSessions({
      parts: this.parts,
      control,
      eventStores,
      revocations,
      deliveries,
      backplane,
      history: history ?? undefined,
      createServer: () => this.createServer('legacy'),
    });
    this.sessions = created.sessions;
    this.greeting = created.greeting;
    this.legacy = created.legacy;
    this.access = new SessionAccess(created);
    this.unread = new UnreadAnswers(options.limits, memory.answers);
    this.answers = new CallAnswers(heartbeat, this.unread);
    this.streams = new OpenStreams(options.maxStreamsPerPrincipal);
    this.sharedStreams = new SharedStreams(backplane, path, this.streams.shares);
    this.unsubscribe = bus.subscribe((event) => created.audience.listeners.deliver(event));
    this.sweeper = setInterval(() => this.sessions.sweep(), SWEEP_MS);
    this.sweeper.unref();
    drain.onEnd(() => this.endStreams());
  }

  /** Whether running calls may finish, and new work is refused. */
  get isDraining(): boolean {
    return this.draining;
  }

  /**
   * Answers one HTTP exchange. Nothing may have been sent on the response.
   *
   * @param startedAt beat of the {@link heartbeat} in which the call began
   */
  async serve(
    http: NodeHttp,
    exchange: McpExchange,
    startedAt: number = this.heartbeat.count,
  ): Promise<void> {
    const { request, response } = http;
    setKeptHeaders(response);
    try {
      const served = classify(http, exchange, this.parts.options);
      const { malformed, accepted, reading } = served;
      if (malformed && accepted.allows(JSON_TYPE)) {
        await reportAnswer(exchange.observer, Response.json(malformed));
        return sendJson(response, JSON.stringify(malformed));
      }
      const serve = (await nodeAdapter()).toNodeHandler(
        { fetch: (web) => this.createAcceptable(web, served) },
        { onerror: this.onfailure },
      );
      const write = (answer: NodeServerResponseLike): Promise<void> =>
        serve(requestForSdk(request, accepted), answer, NO_BODY);
      if (opensStream(request, reading)) await write(responseForSdk(response, this.unread));
      else await this.answers.write(served, startedAt, write);
    } catch (error) {
      this.onfailure(error);
      // The reply was taken over from the framework, so that nothing else ends it.
      response.destroy();
    }
  }

  /**
   * Ends the streams, those of subscriptions with their result, and refuses new work. Running calls
   * go on, and may receive the input that they wait for.
   */
  private async endStreams(): Promise<void> {
    this.draining = true;
    await this.announceChanges();
    for (const { transport } of this.sessions.all) transport.closeStandaloneStream();
    await this.subscriptions.close();
  }

  /**
   * Ends every stream. It runs in the first phase of the shutdown: an open stream would keep the
   * HTTP server, and so the later phases, from ending.
   */
  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    clearInterval(this.sweeper);
    await this.announceChanges();
    this.unread.close();
    this.sharedStreams.close();
    this.unsubscribe();
    this.callers.close();
    const handlers = [this.modern, this.subscriptions, this.legacy];
    await Promise.allSettled(handlers.map((handler) => handler.close()));
  }

  private async createAcceptable(web: Request, served: SdkExchange): Promise<Response> {
    const { accepted, reading, sessionId, exchange } = served;
    const answer = await this.createResponse(web, served);
    await reportAnswer(exchange.observer, answer);
    if (accepted.allows(STREAM_TYPE)) return answer;
    return withoutStream(answer, {
      reading,
      signal: web.signal,
      refuse: (refusal) =>
        this.sessions.find(sessionId ?? '', exchange.principal)?.transport.receiveAnswer(refusal),
    });
  }

  /** Sends the changes that were published before the streams end. */
  private async announceChanges(): Promise<void> {
    this.bus.flush();
    await this.deliveries.settled();
  }

  private async createResponse(
    web: Request,
    { http, exchange, kind, reading, malformed, sessionId }: SdkExchange,
  ): Promise<Response> {
    const { request, response, body } = http;
    if (this.closing) return shuttingDown();
    const isStream = opensStream(request, reading);
    const authInfo = toAuthInfo(exchange);
    if (malformed) return Response.json(malformed);
    const fits = !isStream || (await this.sharedStreams.admit(exchange, response, sessionId));
    if (!fits) return tooManyStreams();
    if (kind === 'legacy' && this.parts.options.legacy !== 'reject') {
      const admitStream = (earlier?: ServerResponse): Response | undefined =>
        this.streams.admit(exchange, response, earlier);
      return this.legacy.handle(web, { authInfo, body, response, admitStream });
    }
    const tooMany = isStream ? this.streams.admit(exchange, response) : undefined;
    if (tooMany) return tooMany;
    const { refused, watched } = await admitToTasks(exchange, this.parts);
    if (refused) return refused;
    const { access } = exchange;
    const options = { authInfo, parsedBody: body };
    const listener = { access, notifications: reading.messages[0]?.params['notifications'] };
    const served = await (isStream
      ? this.callers.runAs(listener, () => this.subscriptions.fetch(web, options))
      : this.modern.fetch(web, options));
    const listening = { tasks: this.parts.tasks, access };
    const answer = watched ? await withTaskStatus(served, watched, listening, web.signal) : served;
    return answer.status === CLIENT_CLOSED && this.closing ? shuttingDown() : answer;
  }

  private createServer(era: CatalogServer['era']): CatalogServer {
    const server = createCatalogServer(this.parts, era);
    server.server.onerror = this.onerror;
    return server;
  }

  private readonly onfailure = (error: unknown): void =>
    logFailure(this.logger, 'The MCP exchange failed', error);

  /** Errors that the client caused are answered; the log of level debug helps to find their cause. */
  private readonly onerror = (error: Error): void => {
    this.logger.debug(error.message);
  };
}

const SWEEP_MS = 30_000;

/** The comments of {@link CallAnswers} keep the streams of calls open. */
const NO_TIMER = { keepAliveMs: 0 };

/** Status with which the SDK answers a call whose connection has closed, also at shutdown. */
const CLIENT_CLOSED = 499;
/** `createResponse` passes the parsed body, so that the SDK reads none. */
const NO_BODY = null;
