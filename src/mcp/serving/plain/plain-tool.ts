import type { AccessRefusedError } from '../../../access/access-refused.error.js';
import type { MaybePromise } from '../../../access/maybe-promise.js';
import type { CatalogTool } from '../../catalog/catalog-entry.js';
import type { McpContext } from '../../invocation/mcp-context.js';
import type { McpExchange } from '../../invocation/mcp-exchange.js';
import type { ToolOutcome } from '../../invocation/structured-result.js';
import type { ServerParts } from '../catalog-server.js';
import { refusedCall } from '../refused-call.js';
import type { PlainJson } from './plain-json.js';
import type { PlainRequest } from './plain-request.js';
import type { PlainOutcome, PlainTarget } from './plain-target.js';
import { writeToolResult } from './tool-result-json.js';

/** The tool of a plain `tools/call`. */
export class PlainTool implements PlainTarget {
  readonly uri = undefined;

  constructor(
    readonly entry: CatalogTool,
    private readonly input: unknown,
    private readonly parts: ServerParts,
  ) {}

  run(exchange: McpExchange, context: McpContext): MaybePromise<ToolOutcome> {
    return this.entry.call(this.input, exchange, context);
  }

  refused(error: AccessRefusedError): ToolOutcome {
    return refusedCall(error, this.entry, this.parts);
  }

  answer(json: PlainJson, { era, id }: PlainRequest, outcome: PlainOutcome): string | undefined {
    const written = writeToolResult(outcome);
    if (!written) return undefined;
    const { meta, members } = written;
    if (!meta) return json.answer(era, id, members);
    // The SDK writes the members in this order, whatever order they came in.
    return json.answer(era, id, `"_meta":${json.meta(era, meta)},${members}`, { hasMeta: true });
  }
}
