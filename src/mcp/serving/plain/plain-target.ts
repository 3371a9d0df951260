import type { GetPromptResult, ReadResourceResult } from '@modelcontextprotocol/server';
import type { AccessRefusedError } from '../../../access/access-refused.error.js';
import type { MaybePromise } from '../../../access/maybe-promise.js';
import type { CatalogEntry } from '../../catalog/catalog-entry.js';
import type { McpContext } from '../../invocation/mcp-context.js';
import type { McpExchange } from '../../invocation/mcp-exchange.js';
import type { ToolOutcome } from '../../invocation/structured-result.js';
import type { PlainJson } from './plain-json.js';
import type { PlainRequest } from './plain-request.js';

/** What a handler of any kind comes to. */
export type PlainOutcome = ToolOutcome | GetPromptResult | ReadResourceResult;

/** The entry that a plain request uses: how it is run, and how what comes of it is written. */
export interface PlainTarget {
  readonly entry: CatalogEntry;
  /** Of the resource that is read. */
  readonly uri: string | undefined;
  run(exchange: McpExchange, context: McpContext): MaybePromise<PlainOutcome>;
  /** What a caller gets who may not use it. @throws what is an error of the protocol */
  refused(error: AccessRefusedError): PlainOutcome;
  /** The whole answer; `undefined` for a result that is for the SDK to write. */
  answer(json: PlainJson, request: PlainRequest, outcome: PlainOutcome): string | undefined;
}
