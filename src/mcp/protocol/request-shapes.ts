import { isJSONRPCRequest, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { readIssues } from '../authoring/schema.js';
import { jsonRpcError, type JsonRpcErrorBody } from './json-rpc-error.js';
import type { McpMessage } from './read-messages.js';

/**
 * The answer to a request whose params do not match its method. The SDK would answer with an
 * internal error and every issue of its schema library.
 *
 * @param era how the request is served
 * @returns `undefined` for a valid request, and for one that the SDK validates
 */
export function malformedParams(
  { json, method, traits }: McpMessage,
  era: 'modern' | 'legacy',
): JsonRpcErrorBody | undefined {
  const { schema } = traits;
  if (!schema || (traits.era === 'legacy' && era === 'modern')) return undefined;
  if (!isJSONRPCRequest(json)) return undefined;
  const { issues } = schema['~standard'].validate(json);
  const fields = readIssues(issues ?? []).map(
    ({ path, message }) => `${path.replace(/^params\.?/, '') || 'params'}: ${message}`,
  );
  // The SDK answers invalid envelopes of 2026-07-28, each with its own error and HTTP status.
  if (fields.length === 0 || fields.some((field) => ENVELOPE.test(field))) return undefined;
  const text = `Invalid params for ${method}: ${fields.join('; ')}`;
  return jsonRpcError(ProtocolErrorCode.InvalidParams, text, json.id);
}

/** An issue of `_meta`, or of missing params, which would contain it. */
const ENVELOPE = /^(_meta\b|params:)/;
