import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { isJsonContentType } from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access.errors.js';
import { AccessControl } from '../../access/access-control.js';
import { RequestAccess } from '../../access/request-access.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { Refusal } from '../../access/refusal.js';
import { principalOf } from '../../request/request-principal.js';
import { McpAudit } from '../audit/mcp-audit.js';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { canonicalListenRequest } from '../protocol/listen-request.js';
import type { McpReading } from '../protocol/read-messages.js';
import { RevocationRegistry } from '../../access/revocation-registry.js';
import { JSON_RPC } from '../protocol/json-rpc-error.js';
import { SdkPath } from '../server/mcp-serving.js';
import { challengeFor } from './call-gate.js';
import {
  HttpExchange,
  inTurn,
  rawRequest,
  takeOver,
  type HttpReply,
  type HttpRequest,
} from './raw-http.js';
import { McpHttpException } from './http-errors.js';
import { readRequest } from './request-reading.js';

/** What the routes of the endpoint do, once the guards have let a request in. */
@Injectable()
export class McpEndpoint {
  constructor(
    private readonly serving: SdkPath,
    private readonly catalog: McpCatalog,
    private readonly control: AccessControl,
    private readonly audit: McpAudit,
    @Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions,
    private readonly open: RevocationRegistry,
  ) {}

  /**
   * Answers one request, or throws before the first byte.
   *
   * @throws {AccessRefusedError} the caller must sign in, or needs more scopes
   * @throws {McpHttpException} 400, 415
   */
  handle(request: HttpRequest, reply: HttpReply): MaybePromise<void> {
    return inTurn(reply, () => this.serve(request, reply));
  }

  private serve(request: HttpRequest, reply: HttpReply): MaybePromise<void> {
    const raw = rawRequest(request);
    if (raw.method === 'POST' && !isJsonContentType(raw.headers['content-type'])) {
      throw new McpHttpException(
        415,
        JSON_RPC.serverError,
        'Unsupported Media Type: Content-Type must be application/json',
      );
    }
    if (raw.method === 'POST' && request.body === undefined) {
      // The SDK would read the request itself, past every decision that is taken here.
      throw new McpHttpException(400, JSON_RPC.parseError, 'Parse error: no JSON body was read');
    }
    const access = new RequestAccess(this.control, principalOf(request), request);
    const { catalog, options } = this;
    const reading = readRequest(request, options.limits);
    const challenge = challengeFor(reading, access, { catalog, signIn: options.signIn });
    const caller = { raw, request, reply, access, reading };
    return andThen(challenge, (refusal) => this.go(caller, refusal));
  }

  private go(
    { raw, request, reply, access, reading }: Caller,
    refusal: Refusal | undefined,
  ): MaybePromise<void> {
    const audit = this.audit.open({ request, reading, access, transport: 'http' });
    if (refusal) {
      audit?.requested(refusal);
      audit?.ended();
      const sessionId = raw.headers['mcp-session-id'];
      if (typeof sessionId === 'string') this.serving.markChallenged(sessionId);
      throw new AccessRefusedError(refusal);
    }
    const { principal } = access;
    // It may have come since the guard; from here on, what is open is known.
    if (this.open.isRevoked(principal)) {
      audit?.revoked(REVOKED);
      audit?.ended();
      throw new AccessRefusedError(REVOKED);
    }
    audit?.requested();
    const exchange = new HttpExchange(request, reply, access, audit);
    const body = this.bodyToServe(request, reading);
    const served = this.serving.handle(raw, takeOver(reply, exchange), body, exchange);
    return audit?.isBatch ? Promise.resolve(served).finally(() => audit.ended()) : served;
  }

  /** The SDK compares the URIs of a subscription with those of updates letter by letter. */
  private bodyToServe(request: HttpRequest, { messages: [message] }: McpReading): unknown {
    const { body } = request;
    if (message?.method !== 'subscriptions/listen') return body;
    return canonicalListenRequest(body, (uri) => this.catalog.canonicalUri(uri));
  }
}

/** A request that was let in, and by whom it is. */
interface Caller {
  readonly raw: IncomingMessage;
  readonly request: HttpRequest;
  readonly reply: HttpReply;
  readonly access: RequestAccess;
  readonly reading: McpReading;
}

const REVOKED: Refusal = {
  reason: 'invalid_token',
  description: 'The access token was revoked.',
};
