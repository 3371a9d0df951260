import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { SdkPath, type NodeHttp } from '../server/sdk-path.js';
import type { IncomingMessage } from 'node:http';
import { AccessRefusedError } from '../../access/access.errors.js';
import { settle, andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { SdkPeer } from '../authoring/sdk-context.js';
import { McpContext } from '../authoring/mcp-context.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import type { ServerParts } from '../server/catalog-server.js';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import type { McpSession } from '../server/session-directory.js';
import { findFastEntry, type FastOutcome, type FastEntry } from './fast-entries.js';
import { FastCall, FastPeer } from './fast-call.js';
import { AnswerJson } from './answer-json.js';
import { sendJson, sendPrepared } from '../server/node-response.js';
import { readFastRequest, type FastRequest } from './fast-request.js';
import { FastLists, type FastList } from './fast-lists.js';

/**
 * Answers requests from the compiled catalog, as the SDK's server would and without it. A request that is
 * unusual, or turns out to be while it runs, is served by the SDK.
 */
@Injectable()
export class FastPath implements OnModuleDestroy {
  private readonly parts: ServerParts;
  private readonly json: AnswerJson;
  private readonly lists: FastLists;
  private readonly running = new Set<FastCall>();
  private readonly sweeper: NodeJS.Timeout | undefined;
  private isClosed = false;

  constructor(private readonly sdk: SdkPath) {
    this.parts = sdk.parts;
    const { catalog, options, pages, memory } = this.parts;
    this.json = new AnswerJson(options.serverInfo);
    this.lists = new FastLists(catalog, this.json, pages, memory.pages);
    if (!options.fastPath) return;
    this.sweeper = setInterval(() => this.handOverSlow(), SLOW_MS / 2);
    this.sweeper.unref();
  }

  /** @returns `undefined` for an exchange that the SDK serves: nothing has happened to it then */
  accept(
    { request, response, body }: NodeHttp,
    exchange: McpExchange,
  ): AcceptedExchange | undefined {
    const { options } = this.parts;
    if (!options.fastPath || this.isClosed || request.method !== 'POST') return undefined;
    const fastRequest = readFastRequest(request.headers, exchange.reading);
    if (!fastRequest || (fastRequest.era === 'legacy' && options.legacy === 'reject')) {
      return undefined;
    }
    const { traits } = fastRequest.message;
    const list = this.lists.find(fastRequest);
    const entry = traits.uses && findFastEntry(fastRequest, this.parts);
    if (!list && !entry && (traits.list || traits.uses)) return undefined;
    const sessionId = this.sessionIdOf(fastRequest, request);
    const session =
      sessionId === undefined ? undefined : this.sessionOf(sessionId, request, exchange);
    if (sessionId !== undefined && !session) return undefined;
    const parts = { fastRequest, request, response, body, exchange, sessionId };
    const call = new FastCall(parts, (one) => this.sdk.serve(one.parts, one.exchange));
    if (entry) return { call, entry, session };
    return list ? { call, list } : { call };
  }

  /**
   * Answers at once what need not be waited for.
   *
   * @param hold called for an exchange that lasts; returns what to call at its end
   */
  serve(accepted: AcceptedExchange, hold: Hold): MaybePromise<void> {
    if ('entry' in accepted) return this.call(accepted, hold);
    if ('list' in accepted) return this.list(accepted, hold);
    const { fastRequest, response, sessionId } = accepted.call.parts;
    sendJson(response, this.json.answer(fastRequest.era, fastRequest.id, ''), {
      headers: ofSession(sessionId),
    });
  }

  /** Ends what runs, in the phase in which the SDK's side ends. */
  onModuleDestroy(): void {
    this.isClosed = true;
    clearInterval(this.sweeper);
    const text = JSON.stringify(jsonRpcError(JSON_RPC.serverError, 'Shutting down'));
    const headers = { 'retry-after': '5', connection: 'close' };
    for (const call of this.running) {
      if (!call.isDirect) continue;
      sendJson(call.parts.response, text, { status: 503, headers });
      call.abort();
    }
  }

  private call({ call, entry, session }: AcceptedCall, hold: Hold): MaybePromise<void> {
    const letGo = session && this.sdk.sessions.hold(session);
    const peer = session?.server ?? new FastPeer(call.parts.fastRequest.message.meta);
    const conclude = (outcome: FastOutcome | undefined): MaybePromise<void> => {
      this.running.delete(call);
      letGo?.();
      return this.conclude({ call, entry }, outcome, hold);
    };
    const outcome = call.start(() => this.run(call, entry, peer));
    if (!(outcome instanceof Promise)) return conclude(outcome);
    this.running.add(call);
    const release = hold();
    return outcome.then(conclude, () => conclude(IN_WORDS_OF_THE_SDK)).finally(release);
  }

  private conclude(
    { call, entry }: Pick<AcceptedCall, 'call' | 'entry'>,
    outcome: FastOutcome | undefined,
    hold: Hold,
  ): MaybePromise<void> {
    const { fastRequest, response, sessionId } = call.parts;
    if (call.isDirect && !this.sdk.unread.hasRoomFor(response)) return undefined;
    const text = outcome && this.answer(entry, fastRequest, outcome);
    if (!call.isDirect || text === undefined) return this.handOver(call, hold);
    sendJson(response, text, { headers: ofSession(sessionId) });
    this.sdk.unread.note(response);
  }

  private answer(entry: FastEntry, request: FastRequest, outcome: FastOutcome): string | undefined {
    try {
      return entry.answer(this.json, request, outcome);
    } catch {
      // What has no form in JSON, such as a bigint.
      return IN_WORDS_OF_THE_SDK;
    }
  }

  private async handOver(call: FastCall, hold: Hold): Promise<void> {
    const release = hold();
    try {
      await call.takeOver();
      await call.answered;
    } finally {
      release();
    }
  }

  private list({ call, list }: AcceptedList, hold: Hold): MaybePromise<void> {
    const { fastRequest, exchange, response, sessionId } = call.parts;
    const conclude = (page: Buffer | undefined): MaybePromise<void> => {
      if (!this.sdk.unread.hasRoomFor(response)) return undefined;
      if (!page) return this.handOver(call, hold);
      sendPrepared(response, page, `${JSON.stringify(fastRequest.id)}}`, ofSession(sessionId));
      this.sdk.unread.note(response);
    };
    return settle(
      () => this.lists.page(list, fastRequest, exchange.access),
      () => conclude(IN_WORDS_OF_THE_SDK),
      conclude,
    );
  }

  private run(call: FastCall, fastEntry: FastEntry, server: SdkPeer): MaybePromise<FastOutcome> {
    const { exchange, serving } = call;
    const { entry, uri } = fastEntry;
    return andThen(exchange.access.decide(entry.access), ({ refusal }) => {
      if (refusal) return fastEntry.refused(new AccessRefusedError(refusal));
      const { states } = this.parts;
      const parts = {
        caller: exchange,
        sdkContext: serving,
        server,
        states,
        target: uri ?? entry.key,
      };
      const context = new McpContext(uri === undefined ? parts : { ...parts, uri });
      return fastEntry.run(exchange, context);
    });
  }

  private sessionIdOf({ era }: FastRequest, { headers }: IncomingMessage): string | undefined {
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
    return takesBoth ? this.sdk.sessions.find(id, principal) : undefined;
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

/** Notes that an exchange is open; returns what to call when it is over. */
type Hold = () => () => void;

interface AcceptedList {
  readonly call: FastCall;
  readonly list: FastList;
}

interface AcceptedCall {
  readonly call: FastCall;
  readonly entry: FastEntry;
  readonly session: McpSession | undefined;
}

/** An exchange on the fast path: a call, a list or a ping. */
export type AcceptedExchange = AcceptedCall | AcceptedList | { readonly call: FastCall };

/** After which a call on a session is a stream. */
const SLOW_MS = 1_000;
