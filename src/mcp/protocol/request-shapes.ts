import { isJSONRPCRequest, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { readIssues } from '../authoring/schema.js';
import { jsonRpcError, type JsonRpcErrorBody } from './json-rpc-error.js';
import type { McpMessage } from './read-messages.js';

/**
 * The answer to a request whose params do not fit its method. The SDK would call it an internal error, and
 * print all that its schema library found.
 *
 * @param era how the request is served
 * @returns `undefined` for a request that fits, and for one that is for the SDK to judge
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
  // The envelope of 2026-07-28 has errors of its own, and an HTTP status for each.
  if (fields.length === 0 || fields.some((field) => ENVELOPE.test(field))) return undefined;
  const text = `Invalid params for ${method}: ${fields.join('; ')}`;
  return jsonRpcError(ProtocolErrorCode.InvalidParams, text, json.id);
}

/** `_meta`, or no params at all to hold it. */
const ENVELOPE = /^(_meta\b|params:)/;
