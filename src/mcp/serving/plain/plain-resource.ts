import type { ReadResourceResult } from '@modelcontextprotocol/server';
import type { AccessRefusedError } from '../../../access/access-refused.error.js';
import type { MaybePromise } from '../../../access/maybe-promise.js';
import type { CatalogResource, CatalogResourceTemplate } from '../../catalog/catalog-entry.js';
import type { UriVariables } from '../../catalog/uri-pattern.js';
import type { McpContext } from '../../invocation/mcp-context.js';
import type { McpExchange } from '../../invocation/mcp-exchange.js';
import { withCacheHint } from '../cached-read.js';
import { LIST_HINTS } from '../catalog-server.js';
import type { PlainJson } from './plain-json.js';
import type { PlainRequest } from './plain-request.js';
import type { PlainOutcome, PlainTarget } from './plain-target.js';

/** The resource of a plain `resources/read`: one of its own, or one of a template. */
export class PlainResource implements PlainTarget {
  constructor(
    readonly entry: CatalogResource | CatalogResourceTemplate,
    readonly uri: string,
    private readonly variables: UriVariables,
  ) {}

  run(exchange: McpExchange, context: McpContext): MaybePromise<PlainOutcome> {
    return this.entry.read(this.variables, exchange, context);
  }

  refused(error: AccessRefusedError): never {
    throw error;
  }

  answer(json: PlainJson, request: PlainRequest, outcome: PlainOutcome): string | undefined {
    const { cache } = this.entry;
    if (!cache) return json.resultAnswer(request, outcome, MEMBERS, LIST_HINTS['resources/read']);
    // What is no result of a read has other members, and is left to the SDK.
    const result = withCacheHint(outcome as ReadResourceResult, cache);
    return json.resultAnswer(request, result, CACHED_MEMBERS);
  }
}

const MEMBERS: ReadonlySet<string> = new Set(['contents']);
const CACHED_MEMBERS: ReadonlySet<string> = new Set(['contents', 'ttlMs', 'cacheScope']);
