import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NodeIncomingMessageLike } from '@modelcontextprotocol/node';
import { classifyInboundRequest } from '@modelcontextprotocol/server';
import { textMember } from '../../request/json-object.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { STREAM_TYPE, acceptedTypes, type AcceptedTypes } from '../protocol/accepted-types.js';
import type { JsonRpcErrorBody } from '../protocol/json-rpc-error.js';
import type { McpReading } from '../protocol/read-messages.js';
import { malformedParams } from '../protocol/request-shapes.js';
import type { AnsweredExchange } from './call-answer.js';

/** The HTTP side of an exchange. */
export interface NodeHttp {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Parsed. */
  readonly body: unknown;
}

/** An exchange that the SDK serves. */
export interface SdkExchange extends AnsweredExchange {
  readonly http: NodeHttp;
  readonly exchange: McpExchange;
  /** Which revisions the request is of. */
  readonly kind: ReturnType<typeof classifyInboundRequest>['kind'];
  /** The answer to params that do not match their method. */
  readonly malformed: JsonRpcErrorBody | undefined;
}

/** Whether an exchange is a stream that stays open: of a session or of a subscription. */
export function opensStream({ method }: IncomingMessage, reading: McpReading): boolean {
  if (method === 'GET') return true;
  return !reading.isBatch && reading.messages[0]?.traits.opensStream === true;
}

/** Reads who serves an exchange, and how it may be answered. */
export function classify(
  http: NodeHttp,
  exchange: McpExchange,
  { legacy }: Pick<ResolvedMcpOptions, 'legacy'>,
): SdkExchange {
  const { request, response, body } = http;
  const { headers, method: httpMethod = 'GET' } = request;
  const { reading } = exchange;
  const [message] = reading.messages;
  const { kind } = classifyInboundRequest({
    httpMethod,
    ...textMember('protocolVersionHeader', headers['mcp-protocol-version']),
    ...textMember('mcpMethodHeader', headers['mcp-method']),
    body,
  });
  const named = headers['mcp-session-id'];
  const hasSession = kind === 'legacy' && legacy === 'sessions' && typeof named === 'string';
  return {
    http,
    exchange,
    kind,
    malformed:
      message && !reading.isBatch && kind !== 'reject' ? malformedParams(message, kind) : undefined,
    response,
    reading,
    accepted: acceptedTypes(headers.accept),
    sessionId: hasSession ? named : undefined,
  };
}

/**
 * The request for the SDK, without credentials. The SDK builds a URL from target and `Host`, which
 * may be malformed; it does not use the URL, so that a fixed one serves.
 */
export function requestForSdk(
  request: IncomingMessage,
  accepted: AcceptedTypes,
): NodeIncomingMessageLike {
  const { authorization: _authorization, cookie: _cookie, ...headers } = request.headers;
  // In 2025-11-25 a handler may close the stream of its call, for the client to resume it.
  const cannotPoll = headers['mcp-protocol-version'] === POLLED && !accepted.allows(STREAM_TYPE);
  return {
    method: request.method ?? 'GET',
    url: '/',
    headers: {
      ...headers,
      host: 'localhost',
      ...(cannotPoll && { 'mcp-protocol-version': NOT_POLLED }),
    },
    [Symbol.asyncIterator]: () => request[Symbol.asyncIterator](),
  };
}

const POLLED = '2025-11-25';
const NOT_POLLED = '2025-06-18';

type NodeAdapter = typeof import('@modelcontextprotocol/node');

/** The SDK's adapter to `node:http`, loaded on demand: it loads HTTP/2, and most calls take the fast path. */
export async function nodeAdapter(): Promise<NodeAdapter> {
  return (loadedAdapter ??= await import('@modelcontextprotocol/node'));
}

let loadedAdapter: NodeAdapter | undefined;
