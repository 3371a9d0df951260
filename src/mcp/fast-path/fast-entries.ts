import type { GetPromptResult, ReadResourceResult } from '@modelcontextprotocol/server';
import type { AccessRefusedError } from '../../access/access.errors.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { McpContext } from '../authoring/mcp-context.js';
import type {
  CatalogEntry,
  CatalogTool,
  CatalogResource,
  CatalogResourceTemplate,
  CatalogPrompt,
} from '../catalog/catalog-entry.js';
import { entriesUsedBy } from '../catalog/entries-used.js';
import type { UriVariables } from '../catalog/uri-pattern.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import { refusedCall } from '../invocation/refusals.js';
import type { ToolOutcome } from '../invocation/tool-result.js';
import { type ServerParts, LIST_HINTS } from '../server/catalog-server.js';
import { withCacheHint } from '../server/serve-resources.js';
import type { AnswerJson } from './answer-json.js';
import type { FastRequest } from './fast-request.js';
import { writeToolResult } from './result-json.js';

/** The result of a handler of any kind. */
export type FastOutcome = ToolOutcome | GetPromptResult | ReadResourceResult;

/** The entry that a request uses on the fast path: runs it and writes the answer. */
export interface FastEntry {
  readonly entry: CatalogEntry;
  /** URI of the resource that is read. */
  readonly uri: string | undefined;
  run(exchange: McpExchange, context: McpContext): MaybePromise<FastOutcome>;
  /** The result for a caller without access. @throws errors of the protocol */
  refused(error: AccessRefusedError, exchange: McpExchange): FastOutcome;
  /** The whole answer; `undefined` for a result that the SDK must write. */
  writeAnswer(json: AnswerJson, request: FastRequest, outcome: FastOutcome): string | undefined;
}

/** The entry that a request uses; `undefined` where there is none, or only the SDK can use it. */
export function findFastEntry({ message }: FastRequest, parts: ServerParts): FastEntry | undefined {
  const [use] = entriesUsedBy(message, parts.catalog);
  if (!use?.entry) return undefined;
  const { arguments: input = {} } = message.params;
  switch (use.kind) {
    case 'tool':
      return use.entry.canTakeFastPath() ? new FastTool(use.entry, input, parts) : undefined;
    case 'prompt':
      return new FastPrompt(use.entry, input);
    default: {
      const { found } = use;
      return found && new FastResource(found.entry, found.uri, found.variables);
    }
  }
}

/** The tool of a `tools/call`. */
class FastTool implements FastEntry {
  readonly uri = undefined;

  constructor(
    readonly entry: CatalogTool,
    private readonly input: unknown,
    private readonly parts: ServerParts,
  ) {}

  run(exchange: McpExchange, context: McpContext): MaybePromise<ToolOutcome> {
    return this.entry.call(this.input, exchange, context);
  }

  refused(error: AccessRefusedError, exchange: McpExchange): ToolOutcome {
    return refusedCall(error, this.entry, exchange, this.parts);
  }

  writeAnswer(
    json: AnswerJson,
    { era, id }: FastRequest,
    outcome: FastOutcome,
  ): string | undefined {
    const written = writeToolResult(outcome);
    if (!written) return undefined;
    const { meta, members } = written;
    if (!meta) return json.write(era, id, members);
    // The SDK writes the members in this order, not in the order of the handler.
    return json.write(era, id, `"_meta":${json.meta(era, meta)},${members}`, { hasMeta: true });
  }
}

/** The resource of a `resources/read`, or the template that its URI matches. */
class FastResource implements FastEntry {
  constructor(
    readonly entry: CatalogResource | CatalogResourceTemplate,
    readonly uri: string,
    private readonly variables: UriVariables,
  ) {}

  run(exchange: McpExchange, context: McpContext): MaybePromise<FastOutcome> {
    return this.entry.read(this.variables, exchange, context);
  }

  refused(error: AccessRefusedError): never {
    throw error;
  }

  writeAnswer(json: AnswerJson, request: FastRequest, outcome: FastOutcome): string | undefined {
    const { cache } = this.entry;
    if (!cache) return json.writeResult(request, outcome, MEMBERS, LIST_HINTS['resources/read']);
    // Any other result has other members, and is left to the SDK.
    const result = withCacheHint(outcome as ReadResourceResult, cache);
    return json.writeResult(request, result, CACHED_MEMBERS);
  }
}

const MEMBERS: ReadonlySet<string> = new Set(['contents']);
const CACHED_MEMBERS: ReadonlySet<string> = new Set(['contents', 'ttlMs', 'cacheScope']);

/** The prompt of a `prompts/get`. */
class FastPrompt implements FastEntry {
  readonly uri = undefined;

  constructor(
    readonly entry: CatalogPrompt,
    private readonly input: unknown,
  ) {}

  run(exchange: McpExchange, context: McpContext): MaybePromise<FastOutcome> {
    return this.entry.get(this.input, exchange, context);
  }

  refused(error: AccessRefusedError): never {
    throw error;
  }

  writeAnswer(json: AnswerJson, request: FastRequest, outcome: FastOutcome): string | undefined {
    return json.writeResult(request, outcome, PROMPT_MEMBERS);
  }
}

const PROMPT_MEMBERS: ReadonlySet<string> = new Set(['description', 'messages']);
