import {
  isJSONRPCRequest,
  ProtocolErrorCode,
  specTypeSchemas,
  type RequestId,
  type StandardSchemaV1Sync,
} from '@modelcontextprotocol/server';
import { readIssues } from '../catalog/schema.js';
import { jsonRpcError, type JsonRpcErrorBody } from './json-rpc-error.js';

/**
 * The answer to a request whose params are not of the form that its method has. The SDK would call it
 * an internal error, and print all that its schema library found.
 *
 * @returns `undefined` for a request that fits, and for one that is for the SDK to judge
 */
export function malformedParams(body: unknown): JsonRpcErrorBody | undefined {
  if (!isJSONRPCRequest(body)) return undefined;
  const { method, id }: { method: string; id: RequestId } = body;
  const { issues } = SHAPES.get(method)?.['~standard'].validate(body) ?? {};
  if (!issues) return undefined;
  const fields = readIssues(issues).map(
    ({ path, message }) => `${path.replace(/^params\.?/, '') || 'params'}: ${message}`,
  );
  const message = `Invalid params for ${method}: ${fields.join('; ')}`;
  return jsonRpcError(ProtocolErrorCode.InvalidParams, message, id);
}

const SHAPES: ReadonlyMap<string, StandardSchemaV1Sync> = new Map<string, StandardSchemaV1Sync>([
  ['tools/list', specTypeSchemas.ListToolsRequest],
  ['resources/list', specTypeSchemas.ListResourcesRequest],
  ['resources/templates/list', specTypeSchemas.ListResourceTemplatesRequest],
  ['resources/read', specTypeSchemas.ReadResourceRequest],
  ['resources/subscribe', specTypeSchemas.SubscribeRequest],
  ['resources/unsubscribe', specTypeSchemas.UnsubscribeRequest],
  ['prompts/list', specTypeSchemas.ListPromptsRequest],
  ['prompts/get', specTypeSchemas.GetPromptRequest],
  ['completion/complete', specTypeSchemas.CompleteRequest],
  ['logging/setLevel', specTypeSchemas.SetLevelRequest],
]);
