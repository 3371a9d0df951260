import type { GetPromptResult, ReadResourceResult } from '@modelcontextprotocol/server';
import type { AccessRefusedError } from '../../access/access.errors.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type {
  CatalogEntry,
  CatalogTool,
  CatalogResource,
  CatalogResourceTemplate,
  CatalogPrompt,
} from '../catalog/catalog-entry.js';
import type { McpContext } from '../authoring/mcp-context.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import type { ToolOutcome } from '../invocation/tool-result.js';
import type { PlainJson } from './answer-json.js';
import type { PlainRequest } from './fast-request.js';
import { type ServerParts, LIST_HINTS } from '../server/catalog-server.js';
import { refusedCall } from '../invocation/refusals.js';
import { writeToolResult } from './result-json.js';
import type { UriVariables } from '../catalog/uri-pattern.js';
import { withCacheHint } from '../server/serve-resources.js';

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

/** The entry that a request uses; `undefined` where there is none, or only the SDK can use it. */
export function findTarget(
  { method, params }: PlainRequest,
  parts: ServerParts,
): PlainTarget | undefined {
  const { catalog } = parts;
  const { name, uri, arguments: input = {} } = params;
  if (method === 'resources/read' && typeof uri === 'string') {
    const found = catalog.resourceAt(uri);
    return found && new PlainResource(found.entry, found.uri, found.variables);
  }
  if (typeof name !== 'string') return undefined;
  if (method === 'prompts/get') {
    const prompt = catalog.prompts.get(name);
    return prompt && new PlainPrompt(prompt, input);
  }
  const tool = method === 'tools/call' ? catalog.tools.get(name) : undefined;
  return tool?.isPlain() ? new PlainTool(tool, input, parts) : undefined;
}

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

/** The prompt of a plain `prompts/get`. */
export class PlainPrompt implements PlainTarget {
  readonly uri = undefined;

  constructor(
    readonly entry: CatalogPrompt,
    private readonly input: unknown,
  ) {}

  run(exchange: McpExchange, context: McpContext): MaybePromise<PlainOutcome> {
    return this.entry.get(this.input, exchange, context);
  }

  refused(error: AccessRefusedError): never {
    throw error;
  }

  answer(json: PlainJson, request: PlainRequest, outcome: PlainOutcome): string | undefined {
    return json.resultAnswer(request, outcome, PROMPT_MEMBERS);
  }
}

const PROMPT_MEMBERS: ReadonlySet<string> = new Set(['description', 'messages']);
