import {
  Catch,
  HttpException,
  Inject,
  Logger,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AccessRefusedError, RefusedRequestException } from '../../access/access.errors.js';
import type { Refusal } from '../../access/refusal.js';
import { McpRefusals } from '../invocation/refusals.js';
import { MCP_PATH } from '../mcp.tokens.js';
import { JSON_RPC, jsonRpcError, MessageRefusedError } from '../protocol/json-rpc-error.js';
import { answerOf } from '../telemetry/observe-transport.js';
import { BodyRefusedError, McpHttpException } from './http-errors.js';
import { rawRequest, type HttpRequest } from './raw-http.js';
import { bodyOf } from './request-bodies.js';
import { logFailure } from '../../request/log-failure.js';

/**
 * Answers failures before the MCP exchange begins: refusals as OAuth clients expect them,
 * everything else as a JSON-RPC error. Filters of the host application do not run for the endpoint.
 */
@Catch()
export class McpEndpointFilter implements ExceptionFilter {
  private readonly logger = new Logger('McpEndpoint');

  constructor(
    private readonly adapters: HttpAdapterHost,
    private readonly refusals: McpRefusals,
    @Inject(MCP_PATH) private readonly path: string,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    this.respond(error, host);
  }

  /** Answers a failure, unless the request has been answered already. */
  respond(error: unknown, host: ArgumentsHost): void {
    if (error instanceof AccessRefusedError || error instanceof RefusedRequestException) {
      return this.refuse(error.refusal, host);
    }
    const { body } = host.getArgByIndex<HttpRequest>(0);
    this.send(host, () => {
      const failure = this.failure(error, requestId(body));
      const { status } = failure;
      if (status < 500) this.refusals.count(status === 429 ? 'rate_limit' : 'bad_request', status);
      return failure;
    });
  }

  /** Answers a refusal, unless the request has been answered already. */
  refuse(refusal: Refusal, host: ArgumentsHost): void {
    this.send(host, () => {
      const answer = this.refusals.answer(refusal, this.path, host.getArgByIndex(0));
      this.refusals.count(refusal.reason, answer.status);
      return answer;
    });
  }

  private send(host: ArgumentsHost, answer: () => HttpFailure): void {
    const reply: unknown = host.getArgByIndex(1);
    const { httpAdapter } = this.adapters;
    if (httpAdapter.isHeadersSent(reply)) return;
    const { status, headers, body } = answer();
    const { observer } = bodyOf(rawRequest(host.getArgByIndex<HttpRequest>(0)));
    observer?.refused(status, codeOf(body));
    for (const [name, value] of Object.entries(headers)) httpAdapter.setHeader(reply, name, value);
    httpAdapter.reply(reply, body, status);
  }

  private failure(error: unknown, id: string | number | null): HttpFailure {
    if (error instanceof BodyRefusedError) {
      return { status: error.statusCode, headers: error.headers, body: error.body };
    }
    if (error instanceof MessageRefusedError) {
      return { status: error.status, headers: {}, body: error.body };
    }
    const isAnswer = error instanceof McpHttpException;
    if (isAnswer || (error instanceof HttpException && error.getStatus() < 500)) {
      const { rpcCode, headers } = isAnswer ? error : PLAIN;
      return {
        status: error.getStatus(),
        headers,
        body: jsonRpcError(rpcCode, error.message, id),
      };
    }
    logFailure(this.logger, 'The MCP endpoint failed', error);
    const body = jsonRpcError(JSON_RPC.internalError, 'Internal server error', id);
    return { status: 500, headers: {}, body };
  }
}

const PLAIN = { rpcCode: JSON_RPC.serverError, headers: {} } as const;

/** The code of a body of JSON-RPC. */
function codeOf(body: object): number {
  const answer = answerOf(body);
  return answer.kind === 'error' ? answer.code : JSON_RPC.serverError;
}

interface HttpFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

function requestId(body: unknown): string | number | null {
  if (typeof body !== 'object' || body === null) return null;
  const id: unknown = Reflect.get(body, 'id');
  return typeof id === 'string' || typeof id === 'number' ? id : null;
}
