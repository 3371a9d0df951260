import type { CallToolResult } from '@modelcontextprotocol/server';
import type { AccessRefusedError } from '../../access/access-refused.error.js';
import type { CatalogTool } from '../catalog/catalog-entry.js';
import { toToolFailure } from '../invocation/handler-failure.js';
import type { ServerParts } from './catalog-server.js';

/**
 * The result of a call that was refused within the protocol. A client that is to let its user verify
 * once more gets what it would get over HTTP, as data: Clerk's components act on that.
 */
export function refusedCall(
  error: AccessRefusedError,
  { definition }: CatalogTool,
  { refusals, path }: ServerParts,
): CallToolResult {
  const failure = toToolFailure(error);
  if (error.refusal.reason !== 'reverification') return failure;
  const { body } = refusals.answer(error.refusal, path);
  return {
    ...failure,
    content: [...failure.content, { type: 'text', text: JSON.stringify(body) }],
    // Clients of the older revisions hold it against the output schema, failure or not.
    ...(!definition.outputSchema && { structuredContent: { ...body } }),
  };
}
