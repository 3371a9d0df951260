import type { IncomingMessage } from 'node:http';
import { AccessRefusedError } from '../../../access/access-refused.error.js';
import { attempt, whenKnown, type MaybePromise } from '../../../access/maybe-promise.js';
import type { CatalogTool } from '../../catalog/catalog-entry.js';
import type { CallPeer } from '../../invocation/call-serving.js';
import { McpContext } from '../../invocation/mcp-context.js';
import type { McpExchange } from '../../invocation/mcp-exchange.js';
import type { ToolOutcome } from '../../invocation/structured-result.js';
import type { ServerParts } from '../catalog-server.js';
import { JSON_RPC, jsonRpcError } from '../json-rpc-error.js';
import { refusedCall } from '../refused-call.js';
import type { McpSession, SessionDirectory } from '../session-directory.js';
import { PlainCall, type PlainHttp } from './plain-call.js';
import { PlainJson } from './plain-json.js';
import { readPlainRequest, type PlainRequest } from './plain-request.js';
import { PlainPeer } from './plain-serving.js';
import { PlainLists, type PlainList } from './plain-lists.js';
import { sendJson, sendPrepared } from './send-json.js';

/**
 * Answers plain exchanges from the compiled catalog, as the SDK's server would and without it. What is
 * not plain, or turns out not to be while it runs, goes through the SDK.
 */
export class PlainExchange {
  private readonly json: PlainJson;
  private readonly lists: PlainLists;
  private readonly running = new Set<PlainCall>();
  private readonly sweeper: NodeJS.Timeout;

  /** @param viaSdk lets the SDK answer the exchange of a call; resolves when it has */
  constructor(
    private readonly parts: ServerParts,
    private readonly sessions: SessionDirectory,
    private readonly viaSdk: (call: PlainCall) => Promise<void>,
  ) {
    const { catalog, options } = parts;
    this.json = new PlainJson(options.serverInfo);
    this.lists = new PlainLists(catalog, this.json, options.pageSize);
    this.sweeper = setInterval(() => this.handOverSlow(), SLOW_MS / 2);
    this.sweeper.unref();
  }

  /** @returns `undefined` for an exchange that is not plain: nothing has happened to it then */
  accept(
    { request, response, body }: PlainHttp,
    exchange: McpExchange,
  ): AcceptedExchange | undefined {
    if (request.method !== 'POST') return undefined;
    const plain = readPlainRequest(request.headers, body);
    if (!plain || (plain.era === 'legacy' && this.parts.options.legacy === 'reject')) {
      return undefined;
    }
    const list = this.lists.find(plain);
    const tool = list ? undefined : this.toolOf(plain);
    if (!list && !tool) return undefined;
    const sessionId = this.sessionIdOf(plain, request);
    const session =
      sessionId === undefined ? undefined : this.sessionOf(sessionId, request, exchange);
    if (sessionId !== undefined && !session) return undefined;
    const parts = { plain, request, response, body, exchange, sessionId };
    const call = new PlainCall(parts, this.viaSdk);
    return list ? { call, list } : tool && { call, tool, session };
  }

  /**
   * Answers at once what need not be waited for.
   *
   * @param release called at the end
   */
  serve(accepted: AcceptedExchange, release: () => void): MaybePromise<void> {
    return 'list' in accepted ? this.list(accepted, release) : this.call(accepted, release);
  }

  /** Ends what runs. */
  close(): void {
    clearInterval(this.sweeper);
    const text = JSON.stringify(jsonRpcError(JSON_RPC.serverError, 'Shutting down'));
    const headers = { 'retry-after': '5', connection: 'close' };
    for (const call of this.running) {
      if (!call.isDirect) continue;
      sendJson(call.parts.response, text, { status: 503, headers });
      call.abort();
    }
  }

  private call({ call, tool, session }: AcceptedCall, release: () => void): MaybePromise<void> {
    const letGo = session && this.sessions.hold(session);
    const peer = session?.server ?? new PlainPeer(call.parts.plain.meta);
    const conclude = (outcome: ToolOutcome | undefined): MaybePromise<void> => {
      this.running.delete(call);
      letGo?.();
      return this.conclude(call, outcome, release);
    };
    const outcome = call.start(() => this.run(call, tool, peer));
    if (!(outcome instanceof Promise)) return conclude(outcome);
    this.running.add(call);
    return outcome.then(conclude, () => conclude(IN_WORDS_OF_THE_SDK));
  }

  private conclude(
    call: PlainCall,
    outcome: ToolOutcome | undefined,
    release: () => void,
  ): MaybePromise<void> {
    const { plain, response, sessionId } = call.parts;
    const text = outcome && this.json.toolAnswer(plain, outcome);
    if (!call.isDirect || text === undefined) return this.handOver(call).finally(release);
    release();
    sendJson(response, text, { headers: ofSession(sessionId) });
  }

  private async handOver(call: PlainCall): Promise<void> {
    await call.takeOver();
    await call.answered;
  }

  private list({ call, list }: AcceptedList, release: () => void): MaybePromise<void> {
    const { plain, exchange, response, sessionId } = call.parts;
    const conclude = (page: Buffer | undefined): MaybePromise<void> => {
      if (!page) return this.viaSdk(call).finally(release);
      release();
      sendPrepared(response, page, `${JSON.stringify(plain.id)}}`, ofSession(sessionId));
    };
    return attempt(
      () => this.lists.page(list, plain, exchange.access),
      () => conclude(IN_WORDS_OF_THE_SDK),
      conclude,
    );
  }

  private run(call: PlainCall, tool: CatalogTool, server: CallPeer): MaybePromise<ToolOutcome> {
    const { exchange, serving, parts } = call;
    return whenKnown(exchange.access.decide(tool.access), ({ refusal }) => {
      if (refusal) return refusedCall(new AccessRefusedError(refusal), tool, this.parts);
      const { states } = this.parts;
      const context = new McpContext({ exchange, serving, server, states, target: tool.key });
      return tool.call(parts.plain.params['arguments'] ?? {}, exchange, context);
    });
  }

  private toolOf({ method, params }: PlainRequest): CatalogTool | undefined {
    if (method !== 'tools/call') return undefined;
    const tool = this.parts.catalog.tools.get(String(params['name']));
    return tool?.isPlain() ? tool : undefined;
  }

  private sessionIdOf({ era }: PlainRequest, { headers }: IncomingMessage): string | undefined {
    if (era === 'modern' || this.parts.options.legacy === 'stateless') return undefined;
    const id = headers['mcp-session-id'];
    return id === undefined ? undefined : String(id);
  }

  /** On a session, clients that do not take both forms of an answer are for the SDK to turn away. */
  private sessionOf(
    id: string,
    { headers: { accept = '*/*' } }: IncomingMessage,
    { principal }: McpExchange,
  ): McpSession | undefined {
    const takesBoth = accept.includes('*/*') || accept.includes('text/event-stream');
    return takesBoth ? this.sessions.find(id, principal) : undefined;
  }

  /** A client that waits on a session is to see a stream, which lasts longer than a silent wait. */
  private handOverSlow(): void {
    const oldest = Date.now() - SLOW_MS;
    for (const call of this.running) {
      if (call.startedAt > oldest) return;
      if (call.isDirect && call.parts.sessionId !== undefined) void call.takeOver();
    }
  }
}

function ofSession(id: string | undefined): Record<string, string> {
  return id === undefined ? {} : { 'mcp-session-id': id };
}

/** An error of the protocol: the SDK gets it from the call, and puts it into words. */
const IN_WORDS_OF_THE_SDK = undefined;

interface AcceptedList {
  readonly call: PlainCall;
  readonly list: PlainList;
}

interface AcceptedCall {
  readonly call: PlainCall;
  readonly tool: CatalogTool;
  readonly session: McpSession | undefined;
}

/** A plain exchange that is to be served. */
export type AcceptedExchange = AcceptedList | AcceptedCall;

/** After which a call on a session is a stream. */
const SLOW_MS = 1_000;
