import { refuseAtShutdown } from '../server/shutting-down.js';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { ObservedAnswer } from '../../instrumentation/instrumentation.js';
import { settle, type MaybePromise } from '../../request/value-or-promise.js';
import { McpContext } from '../authoring/mcp-context.js';
import type { SdkPeer } from '../authoring/sdk-context.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import { JSON_TYPE, acceptedTypes } from '../protocol/accepted-types.js';
import { mayBecomeStream } from '../server/call-answer.js';
import type { ServerParts } from '../server/catalog-server.js';
import { SLOW_BEATS } from '../server/heartbeat.js';
import { sendJson, sendPrepared } from '../server/node-response.js';
import type { NodeHttp } from '../server/sdk-exchange.js';
import { SdkPath } from '../server/sdk-path.js';
import type { McpSession } from '../server/mcp-session.js';
import { answerOfResult } from '../telemetry/observe-transport.js';
import { AnswerJson } from './answer-json.js';
import { FastCall, FastPeer } from './fast-call.js';
import { FastFailure, findFastUse, type FastOutcome, type FastUse } from './fast-entries.js';
import { acceptInitialize } from './fast-initialize.js';
import { FastLists, type FastList } from './fast-lists.js';
import { FastReplies, type FastReply } from './fast-replies.js';
import { readFastRequest, type FastRequest } from './fast-request.js';

/**
 * Answers requests from the compiled catalog without the SDK, with the bytes that the SDK would
 * send. Requests that it does not know how to answer, also while they run, are handed to the SDK.
 */
@Injectable()
export class FastPath implements OnModuleDestroy {
  private readonly parts: ServerParts;
  private readonly json: AnswerJson;
  private readonly lists: FastLists;
  private readonly replies: FastReplies;
  private readonly running = new Set<FastCall>();
  private isClosed = false;

  constructor(private readonly sdk: SdkPath) {
    this.parts = sdk.parts;
    const { catalog, options, pages, memory } = this.parts;
    this.json = new AnswerJson(options.serverInfo);
    this.lists = new FastLists(catalog, this.json, pages, memory.pages);
    this.replies = new FastReplies(this.parts, this.json);
    sdk.heartbeat.onBeat(() => this.handOverSlow());
  }

  /** @returns `undefined` for an exchange that the SDK must serve, which is left untouched */
  accept(
    { request, response, body }: NodeHttp,
    exchange: McpExchange,
  ): AcceptedExchange | undefined {
    const { options } = this.parts;
    if (!options.fastPath || this.isClosed || request.method !== 'POST') return undefined;
    const accepted = acceptedTypes(request.headers.accept);
    if (!accepted.allows(JSON_TYPE)) return undefined;
    const fastRequest = readFastRequest(request.headers, exchange.reading);
    if (!fastRequest || (fastRequest.era === 'legacy' && options.legacy === 'reject')) {
      return undefined;
    }
    if (fastRequest.method === 'initialize') {
      const { sdk, json } = this;
      const http = { request, response, body };
      const answer = acceptInitialize(fastRequest, http, { exchange, sdk, json });
      return answer && { answer };
    }
    const reply = this.replies.replyTo(fastRequest);
    const list = reply ? undefined : this.lists.listFor(fastRequest);
    const use = reply || list ? undefined : findFastUse(fastRequest, this.parts);
    if (!reply && !list && !use) return undefined;
    const sessionId = this.sessionIdOf(fastRequest, request);
    const session =
      sessionId === undefined ? undefined : this.sdk.sessions.find(sessionId, exchange.principal);
    if (sessionId !== undefined && !session) return undefined;
    // The transport refuses an id that is taken, and ends a call that was cancelled while it waited.
    if (session && !mayBegin(session, fastRequest.id, exchange)) return undefined;
    if (reply) return { reply, response, sessionId, id: fastRequest.id, exchange };
    const startedAt = this.sdk.heartbeat.count;
    const call = new FastCall(
      { request, response, body, fastRequest, exchange, sessionId, accepted, startedAt },
      this.serveBySdk,
    );
    return use ? { call, use, session } : list && { call, list, session };
  }

  /**
   * Serves an accepted exchange; synchronously unless the handler is asynchronous.
   *
   * @param track called for an exchange that waits; returns a function to call at its end
   */
  serve(accepted: AcceptedExchange, track: TrackExchange): MaybePromise<void> {
    if ('answer' in accepted) return accepted.answer();
    if ('use' in accepted) return this.serveCall(accepted, track);
    if ('list' in accepted) return this.serveList(accepted, track);
    const { reply, response, sessionId, id, exchange } = accepted;
    if (!this.sdk.unread.hasRoomFor(response)) return undefined;
    exchange.observer?.answered(id, reply.ends);
    sendJson(response, reply.text, { status: reply.status, headers: sessionHeader(sessionId) });
    this.sdk.unread.track(response);
  }

  /** Ends the running calls, in the same phase of the shutdown as {@link SdkPath}. */
  onModuleDestroy(): void {
    this.isClosed = true;
    for (const call of this.running) {
      if (!call.isOnFastPath) continue;
      refuseAtShutdown(call.parts.response);
      call.abort();
    }
  }

  private serveCall(
    { call, use, session }: AcceptedCall,
    track: TrackExchange,
  ): MaybePromise<void> {
    const release = session && this.enter(session, call);
    const peer = session?.server ?? new FastPeer(call.parts.fastRequest.message.meta);
    const finish = (outcome: FastOutcome | undefined): MaybePromise<void> => {
      this.running.delete(call);
      release?.();
      return this.finishCall({ call, use }, outcome, track);
    };
    const outcome = call.start(() => this.run(call, use, peer));
    if (!(outcome instanceof Promise)) return finish(outcome);
    this.running.add(call);
    const untrack = track();
    // `finally()` would create three promises more.
    const end = (ended: FastOutcome | undefined): MaybePromise<void> =>
      settle(
        () => finish(ended),
        (error): never => {
          untrack();
          throw error;
        },
        untrack,
      );
    return outcome.then(end, (error) => end(FastFailure.of(error)));
  }

  /**
   * Keeps a session in use, and the id of its call taken, until the call ends, is cancelled or is
   * handed to the SDK.
   */
  private enter(session: McpSession, call: FastCall): () => void {
    const { calls } = session.transport;
    const { id } = call.parts.fastRequest;
    const leave = this.sdk.sessions.markInUse(session);
    calls.add(id, call);
    let isOver = false;
    const release = (): void => {
      if (isOver) return;
      isOver = true;
      // The transport has the id by now, if the SDK has taken the call over.
      calls.delete(id, call);
      leave();
    };
    call.onleave = release;
    return release;
  }

  private finishCall(
    { call, use }: Pick<AcceptedCall, 'call' | 'use'>,
    outcome: FastOutcome | undefined,
    track: TrackExchange,
  ): MaybePromise<void> {
    const { fastRequest, response, sessionId } = call.parts;
    if (call.wasCancelled && call.isOnFastPath) return undefined;
    if (call.isOnFastPath && !this.sdk.unread.hasRoomFor(response)) return undefined;
    const text = outcome && this.write(use, fastRequest, outcome);
    if (!call.isOnFastPath || text === undefined) return this.handOver(call, track);
    call.exchange.observer?.answered(fastRequest.id, observedAnswer(outcome));
    sendJson(response, text, { headers: sessionHeader(sessionId) });
    this.sdk.unread.track(response);
  }

  private write(use: FastUse, request: FastRequest, outcome: FastOutcome): string | undefined {
    try {
      if (outcome instanceof FastFailure) return this.json.writeError(request.id, outcome.error);
      return use.writeAnswer(this.json, request, outcome);
    } catch {
      // A value that JSON cannot express, such as a bigint.
      return LEFT_TO_SDK;
    }
  }

  private async handOver(call: FastCall, track: TrackExchange): Promise<void> {
    const release = track();
    try {
      await call.takeOver();
      await call.sdkAnswered;
    } finally {
      release();
    }
  }

  private serveList(
    { call, list, session }: AcceptedList,
    track: TrackExchange,
  ): MaybePromise<void> {
    const { fastRequest, exchange, response, sessionId } = call.parts;
    const release = session && this.enter(session, call);
    const finish = (page: Buffer | undefined): MaybePromise<void> => {
      release?.();
      if (call.wasCancelled || !this.sdk.unread.hasRoomFor(response)) return undefined;
      if (!page) return this.handOver(call, track);
      exchange.observer?.answered(fastRequest.id, { kind: 'result' });
      sendPrepared(response, page, `${JSON.stringify(fastRequest.id)}}`, sessionHeader(sessionId));
      this.sdk.unread.track(response);
    };
    return settle(
      () => this.lists.page(list, fastRequest, exchange),
      () => finish(LEFT_TO_SDK),
      finish,
    );
  }

  private run(call: FastCall, use: FastUse, server: SdkPeer): MaybePromise<FastOutcome> {
    const { exchange: caller, sdkContext } = call;
    const { states } = this.parts;
    return use.run(caller, (entry, uri) => {
      const parts = { caller, sdkContext, server, states, target: uri ?? entry.key };
      return new McpContext(uri === undefined ? parts : { ...parts, uri });
    });
  }

  private readonly serveBySdk = ({ parts, exchange }: FastCall): Promise<void> =>
    this.sdk.serve(parts, exchange, parts.startedAt);

  private sessionIdOf({ era }: FastRequest, { headers }: IncomingMessage): string | undefined {
    if (era === 'modern' || this.parts.options.legacy === 'stateless') return undefined;
    const id = headers['mcp-session-id'];
    return id === undefined ? undefined : String(id);
  }

  /**
   * Hands slow calls to the SDK, which answers with a stream that proxies keep open. A client that
   * takes no stream waits for its JSON.
   */
  private handOverSlow(): void {
    const slow = this.sdk.heartbeat.count - SLOW_BEATS;
    for (const call of this.running) {
      if (call.parts.startedAt > slow) return;
      if (!call.isOnFastPath || call.wasCancelled) continue;
      if (mayBecomeStream({ ...call.parts, reading: call.exchange.reading })) void call.takeOver();
    }
  }
}

/** How a call ends, for its observer. */
function observedAnswer(outcome: FastOutcome | undefined): ObservedAnswer {
  if (outcome instanceof FastFailure) return { kind: 'error', code: outcome.error.code };
  return answerOfResult(outcome);
}

function mayBegin(
  { transport: { calls } }: McpSession,
  id: string | number,
  { arrival = Infinity }: McpExchange,
): boolean {
  return !calls.get(id) && !calls.wasCancelled(id, arrival);
}

function sessionHeader(id: string | undefined): Record<string, string> {
  return id === undefined ? {} : { 'mcp-session-id': id };
}

/** The SDK writes what the call ended with. */
const LEFT_TO_SDK = undefined;

/** Registers an open exchange; returns a function to call when it is over. */
type TrackExchange = () => () => void;

interface AcceptedList {
  readonly call: FastCall;
  readonly list: FastList;
  readonly session: McpSession | undefined;
}

interface AcceptedCall {
  readonly call: FastCall;
  readonly use: FastUse;
  readonly session: McpSession | undefined;
}

interface AcceptedReply {
  readonly reply: FastReply;
  readonly response: ServerResponse;
  readonly sessionId: string | undefined;
  readonly id: string | number;
  readonly exchange: McpExchange;
}

/** An exchange on the fast path. */
type AcceptedExchange =
  AcceptedCall | AcceptedList | AcceptedReply | { readonly answer: () => MaybePromise<void> };
