import {
  isJSONRPCRequest,
  ProtocolErrorCode,
  specTypeSchemas,
  type RequestId,
  type StandardSchemaV1Sync,
} from '@modelcontextprotocol/server';
import { readIssues } from '../authoring/schema.js';
import { isJsonObject } from '../../request/json-object.js';
import { jsonRpcError, type JsonRpcErrorBody } from './json-rpc-error.js';

/**
 * The answer to a request whose params are not of the form that its method has. The SDK would call it
 * an internal error, and print all that its schema library found.
 *
 * @param era how the request is served
 * @returns `undefined` for a request that fits, and for one that is for the SDK to judge
 */
export function malformedParams(
  body: unknown,
  era: 'modern' | 'legacy',
): JsonRpcErrorBody | undefined {
  const method = isJsonObject(body) ? body['method'] : undefined;
  if (typeof method !== 'string') return undefined;
  const shape = SHAPES.get(method) ?? (era === 'legacy' ? LEGACY_SHAPES.get(method) : undefined);
  // Calls of tools, the most frequent requests by far, are judged elsewhere and end here.
  if (!shape || !isJSONRPCRequest(body)) return undefined;
  const { id }: { id: RequestId } = body;
  const { issues } = shape['~standard'].validate(body);
  const fields = readIssues(issues ?? []).map(
    ({ path, message }) => `${path.replace(/^params\.?/, '') || 'params'}: ${message}`,
  );
  // The envelope of 2026-07-28 has errors of its own, and an HTTP status for each.
  if (fields.length === 0 || fields.some((field) => ENVELOPE.test(field))) return undefined;
  const message = `Invalid params for ${method}: ${fields.join('; ')}`;
  return jsonRpcError(ProtocolErrorCode.InvalidParams, message, id);
}

/** `_meta`, or no params at all to hold it. */
const ENVELOPE = /^(_meta\b|params:)/;

const SHAPES: ReadonlyMap<string, StandardSchemaV1Sync> = new Map<string, StandardSchemaV1Sync>([
  ['tools/list', specTypeSchemas.ListToolsRequest],
  ['resources/list', specTypeSchemas.ListResourcesRequest],
  ['resources/templates/list', specTypeSchemas.ListResourceTemplatesRequest],
  ['resources/read', specTypeSchemas.ReadResourceRequest],
  ['prompts/list', specTypeSchemas.ListPromptsRequest],
  ['prompts/get', specTypeSchemas.GetPromptRequest],
  ['completion/complete', specTypeSchemas.CompleteRequest],
]);

/** Methods that 2026-07-28 has no more: there they are unknown, whatever their params. */
const LEGACY_SHAPES: ReadonlyMap<string, StandardSchemaV1Sync> = new Map<
  string,
  StandardSchemaV1Sync
>([
  ['resources/subscribe', specTypeSchemas.SubscribeRequest],
  ['resources/unsubscribe', specTypeSchemas.UnsubscribeRequest],
  ['logging/setLevel', specTypeSchemas.SetLevelRequest],
]);
