import type { IncomingMessage } from 'node:http';
import { isJsonContentType } from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AccessControl } from '../../access/access-control.js';
import type { Refusal } from '../../access/refusal.js';
import { RequestAccess } from '../../access/request-access.js';
import { RevocationRegistry } from '../../access/revocation-registry.js';
import { BrowserPage } from '../../request/browser-page.js';
import { resolveOptional } from '../../request/resolve-optional.js';
import { principalOf } from '../../request/request-record.js';
import { andThen, catchError, type MaybePromise } from '../../request/value-or-promise.js';
import { McpAudit } from '../audit/mcp-audit.js';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import { FastPath } from '../fast-path/fast-path.js';
import type { ResolvedMcpOptions, SignInMode } from '../mcp-options.js';
import { RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { JSON_RPC } from '../protocol/json-rpc-error.js';
import { canonicalListenRequest } from '../protocol/listen-request.js';
import type { McpMessage, McpReading } from '../protocol/read-messages.js';
import { opensStream, type NodeHttp } from '../server/sdk-exchange.js';
import { SdkPath } from '../server/sdk-path.js';
import { refuseUnavailable, SessionsUnavailableError } from '../server/sessions-unavailable.js';
import { refuseAtShutdown, startsWork } from '../server/shutting-down.js';
import { assertAcceptable } from './acceptable-answer.js';
import { challengeFor } from './call-gate.js';
import { readsChallengeInResult } from './challenge-in-result.js';
import { isFromBrowser, sendPage, sendTo } from './endpoint-page.js';
import { McpHttpException } from './http-errors.js';
import { ignoresSignInMode } from './in-process-caller.js';
import { observeServing } from './observed-serving.js';
import { closeWhenRevoked } from './open-exchange.js';
import {
  HttpExchange,
  inTurn,
  rawRequest,
  takeOver,
  type HttpReply,
  type HttpRequest,
} from './raw-http.js';
import { bodyOf } from './request-bodies.js';
import { readRequest } from './request-reading.js';

/** Handles the requests that the guards of the endpoint have admitted. */
@Injectable()
export class McpEndpoint {
  /** `null` without an explorer. */
  private page: BrowserPage | null | undefined;

  constructor(
    private readonly fastPath: FastPath,
    private readonly sdkPath: SdkPath,
    private readonly catalog: McpCatalog,
    private readonly control: AccessControl,
    private readonly audit: McpAudit,
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
    private readonly revocations: RevocationRegistry,
    private readonly moduleRef: ModuleRef,
  ) {}

  /**
   * Answers one request, or refuses it before the first byte.
   *
   * @returns why the caller is refused: it must sign in, or needs more scopes. Throwing that would take as
   *   long as deciding it
   * @throws {McpHttpException} 400, 406, 415
   */
  handle(request: HttpRequest, reply: HttpReply): MaybePromise<Refusal | void> {
    return inTurn(reply, () => {
      const raw = rawRequest(request);
      const id = sessionIdOf(raw);
      const serve = (): MaybePromise<Refusal | void> => {
        const known = id === undefined ? undefined : this.prepareSession(id);
        if (known instanceof Promise) return known.then(() => this.handleInTurn(request, reply));
        return this.handleInTurn(request, reply);
      };
      const { observer, reading } = bodyOf(raw);
      // The messages of a batch are served one by one: `observeTransport`.
      return observer && !reading?.isBatch ? observer.within(undefined, serve) : serve();
    });
  }

  /** Makes this node know a session of another one. @throws {McpHttpException} 503 it cannot now */
  private prepareSession(id: string): MaybePromise<void> {
    return catchError(
      () => this.sdkPath.access.prepare(id),
      (error) => {
        if (!(error instanceof SessionsUnavailableError)) throw error;
        throw new McpHttpException(503, JSON_RPC.serverError, error.message, RETRY_AFTER);
      },
    );
  }

  private handleInTurn(request: HttpRequest, reply: HttpReply): MaybePromise<Refusal | void> {
    const raw = rawRequest(request);
    if (isFromBrowser(raw)) return this.answerBrowser(request, reply);
    if (raw.method === 'POST' && !isJsonContentType(raw.headers['content-type'])) {
      throw new McpHttpException(
        415,
        JSON_RPC.serverError,
        'Unsupported Media Type: Content-Type must be application/json',
      );
    }
    if (raw.method === 'POST' && request.body === undefined) {
      // The SDK would read the body itself, and skip the checks below.
      throw new McpHttpException(400, JSON_RPC.parseError, 'Parse error: no JSON body was read');
    }
    const access = new RequestAccess(this.control, principalOf(request), request);
    const { catalog } = this;
    const reading = this.canonical(readRequest(request, this.options.limits));
    const signIn = ignoresSignInMode(request) ? 'call' : catalog.signIn.mode;
    const challenge = challengeFor(reading, access, {
      catalog,
      signIn,
      challengesInResult:
        signIn === 'offer' ? (message) => this.challengesInResult(message, raw) : undefined,
    });
    const admitted = { raw, request, reply, access, reading, signIn };
    return andThen(challenge, (refusal) => this.handleDecided(admitted, refusal));
  }

  /** Sends a person to the explorer, or says what the URL is. */
  private answerBrowser(request: HttpRequest, reply: HttpReply): void {
    this.page ??= resolveOptional(this.moduleRef, BrowserPage) ?? null;
    const location = this.page?.locationFor(request);
    const response = takeOver(reply, { reply });
    if (location === undefined) sendPage(response, this.options.serverInfo);
    else sendTo(response, location);
  }

  private handleDecided(
    { raw, request, reply, access, reading, signIn }: AdmittedRequest,
    refusal: Refusal | undefined,
  ): MaybePromise<Refusal | void> {
    if (!refusal) assertAcceptable(raw, reading, this.options);
    const audit = this.audit.open({ request, reading, access, signIn, transport: 'http' });
    if (refusal) {
      audit?.requested(refusal);
      audit?.ended();
      const sessionId = sessionIdOf(raw);
      const marked =
        sessionId === undefined ? undefined : this.sdkPath.access.markChallenged(sessionId);
      return andThen(marked, () => refusal);
    }
    const { principal } = access;
    // Access may have been revoked since the guards ran; from here on, the exchange is registered.
    if (this.revocations.isRevoked(principal)) {
      audit?.revoked(REVOKED);
      audit?.ended();
      return REVOKED;
    }
    audit?.requested();
    const exchange = new HttpExchange(request, reply, reading, access, signIn, audit);
    const { observer } = exchange;
    const serve = (): MaybePromise<void> => this.serve(raw, reply, exchange);
    const served = observer ? observeServing(observer, { reply, principal }, serve) : serve();
    return audit?.isBatch ? Promise.resolve(served).finally(() => audit.ended()) : served;
  }

  /**
   * Whether a call is answered with a result that tells its client to sign in. A session is then as
   * if it was answered with 401.
   */
  private challengesInResult(message: McpMessage, raw: IncomingMessage): boolean {
    const { sdkPath, options } = this;
    const sessionId = sessionIdOf(raw);
    const nameOfSession = (): string | undefined =>
      sessionId === undefined ? undefined : sdkPath.access.clientNameOf(sessionId);
    const client = { headers: raw.headers, nameOfSession };
    if (!readsChallengeInResult(message, client, options.challengeInResult)) return false;
    if (sessionId !== undefined) void sdkPath.access.markChallenged(sessionId);
    return true;
  }

  /** The same reading, with the URIs of a subscription in their canonical form. */
  private canonical(reading: McpReading): McpReading {
    const [message] = reading.messages;
    if (!message?.traits.opensStream || reading.isBatch) return reading;
    const canonical = canonicalListenRequest(message, (uri) => this.catalog.canonicalUri(uri));
    return { ...reading, messages: [canonical] };
  }

  /** Serves an exchange on the fast path where that is possible, else through the SDK. */
  private serve(
    request: IncomingMessage,
    reply: HttpReply,
    exchange: HttpExchange,
  ): MaybePromise<void> {
    const response = takeOver(reply, exchange, 'kept');
    const { reading, principal } = exchange;
    if (this.sdkPath.isDraining && startsWork(request, reading)) return refuseAtShutdown(response);
    const track = (): (() => void) =>
      closeWhenRevoked(this.revocations, {
        response,
        principal,
        isStream: opensStream(request, reading),
        graceMs: this.options.revocationGraceMs,
      });
    const http = { request, response, body: exchange.body };
    const sessionId = sessionIdOf(request);
    const taken =
      sessionId === undefined ? undefined : this.sdkPath.access.takeOver(sessionId, principal);
    if (!(taken instanceof Promise)) return this.serveOn(http, exchange, track);
    return taken.then(
      () => this.serveOn(http, exchange, track),
      (error: unknown) => refuseUnavailable(error, response),
    );
  }

  private serveOn(
    http: NodeHttp,
    exchange: HttpExchange,
    track: () => () => void,
  ): MaybePromise<void> {
    const accepted = this.fastPath.accept(http, exchange);
    if (accepted) return this.fastPath.serve(accepted, track);
    const release = track();
    return this.sdkPath.serve(http, exchange).finally(release);
  }
}

/** A request that the guards have admitted. */
interface AdmittedRequest {
  readonly raw: IncomingMessage;
  readonly request: HttpRequest;
  readonly reply: HttpReply;
  readonly access: RequestAccess;
  readonly reading: McpReading;
  readonly signIn: SignInMode;
}

function sessionIdOf({ headers }: IncomingMessage): string | undefined {
  const id = headers['mcp-session-id'];
  return typeof id === 'string' ? id : undefined;
}

/** Seconds. */
const RETRY_AFTER = { 'retry-after': '5' };

const REVOKED: Refusal = {
  reason: 'invalid_token',
  description: 'The access token was revoked.',
};
