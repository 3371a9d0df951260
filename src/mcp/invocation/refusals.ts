import { PROTOCOL_VERSION_META_KEY, type CallToolResult } from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { AccessRefusedError } from '../../access/access.errors.js';
import {
  RefusalResponder,
  type RefusalAnswer,
  BearerRefusalResponder,
} from '../../access/refusal-responder.js';
import type { Refusal } from '../../access/refusal.js';
import { INSTRUMENTATION } from '../../instrumentation/instrumentation.module.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import { isJsonObject } from '../../request/json-object.js';
import { hostOf } from '../../request/request-host.js';
import { carrierOf, principalOf } from '../../request/request-record.js';
import { resolveOptional } from '../../request/resolve-optional.js';
import { toToolFailure } from './handler-failure.js';

/** Converts refusals to HTTP answers with the responder of the authentication module, if any. */
@Injectable()
export class McpRefusals {
  private responder: RefusalResponder | undefined;

  constructor(
    private readonly moduleRef: ModuleRef,
    @Inject(INSTRUMENTATION) private readonly instrumentation: Pick<Instrumentation, 'count'>,
  ) {}

  /**
   * Counts a refusal for the operator.
   *
   * @param status of the HTTP answer; 200 for one within the protocol
   */
  count(reason: Refusal['reason'] | 'rate_limit' | 'bad_request', status: number): void {
    this.instrumentation.count('nestjs_clerk_mcp.refusals', {
      reason,
      'http.response.status_code': status,
    });
  }

  /**
   * @param path of the endpoint that was asked
   * @param request of the HTTP framework, or what stands for it over stdio
   */
  answer(refusal: Refusal, path: string, request: object): RefusalAnswer {
    // Resolved late: the authentication module may be initialized after this one.
    this.responder ??=
      resolveOptional(this.moduleRef, RefusalResponder) ?? new BearerRefusalResponder();
    return this.responder.answer(forClientOf(request, refusal), path, hostOf(request));
  }
}

/** Tells the responder which scopes the client has, and whether it adds up scopes itself. */
function forClientOf(request: object, refusal: Refusal): Refusal {
  if (refusal.reason !== 'insufficient_scope') return refusal;
  const { reason, scopes, granted = principalOf(request)?.scopes } = refusal;
  const clientAddsUp = revisionOf(request) === ADDS_UP_SINCE;
  return granted ? { reason, scopes, granted, clientAddsUp } : { reason, scopes, clientAddsUp };
}

/** The revision that a request names in its header, otherwise in `_meta`. */
function revisionOf(request: object): unknown {
  const headers: unknown = Reflect.get(carrierOf(request), 'headers');
  const version = isJsonObject(headers) ? headers['mcp-protocol-version'] : undefined;
  if (version !== undefined) return version;
  const body: unknown = Reflect.get(request, 'body');
  const params = isJsonObject(body) ? body['params'] : undefined;
  const meta = isJsonObject(params) ? params['_meta'] : undefined;
  return isJsonObject(meta) ? meta[PROTOCOL_VERSION_META_KEY] : undefined;
}

/** Clients of this revision add the scopes of a challenge to those that they have. */
const ADDS_UP_SINCE = '2026-07-28';

/**
 * The result of a call that was refused within the protocol. For a reverification it includes the
 * HTTP answer as data: Clerk's components react to that. For an anonymous caller it includes the
 * challenge, for clients that do not read the headers of a 401.
 */
export function refusedCall(
  error: AccessRefusedError,
  { definition }: { readonly definition: { readonly outputSchema?: unknown } },
  { request }: { readonly request: object },
  { refusals, path }: { readonly refusals: McpRefusals; readonly path: string },
): CallToolResult {
  const failure = toToolFailure(error);
  refusals.count(error.refusal.reason, 200);
  if (error.refusal.reason === 'unauthenticated') {
    const challenge = challengeIn(refusals.answer(error.refusal, path, request));
    const _meta = { ...failure._meta, [CHALLENGE_META_KEY]: [challenge] };
    return challenge === undefined ? failure : { ...failure, _meta };
  }
  if (error.refusal.reason !== 'reverification') return failure;
  const { body } = refusals.answer(error.refusal, path, request);
  return {
    ...failure,
    content: [...failure.content, { type: 'text', text: JSON.stringify(body) }],
    // Clients of earlier revisions validate it with the output schema, also in a failure.
    ...(!definition.outputSchema && { structuredContent: { ...body } }),
  };
}

function challengeIn({ headers }: RefusalAnswer): string | undefined {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === 'www-authenticate')?.[1];
}

/** @see https://developers.openai.com/apps-sdk/build/auth */
const CHALLENGE_META_KEY = 'mcp/www_authenticate';
