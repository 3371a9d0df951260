import {
  ProtocolError,
  ProtocolErrorCode,
  type CompleteRequest,
  type CompleteResult,
  type GetPromptResult,
  type ReadResourceResult,
} from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access.errors.js';
import { isJsonObject } from '../../request/json-object.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import type { McpContext } from '../authoring/mcp-context.js';
import type {
  CatalogEntry,
  CatalogTool,
  CatalogResource,
  CatalogResourceTemplate,
  CatalogPrompt,
} from '../catalog/catalog-entry.js';
import { entriesUsedBy } from '../catalog/entries-used.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import type { UriVariables } from '../catalog/uri-pattern.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import { refusedCall } from '../invocation/refusals.js';
import type { ToolOutcome } from '../invocation/tool-result.js';
import { unknownEntry, unknownText } from '../invocation/unknown-entry.js';
import type { MessageTarget } from '../protocol/methods.js';
import type { McpMessage } from '../protocol/read-messages.js';
import { type ServerParts, LIST_HINTS } from '../server/catalog-server.js';
import { complete } from '../server/complete.js';
import { withCacheHint } from '../server/serve-resources.js';
import { serves } from '../server/served-kinds.js';
import type { AnswerJson } from './answer-json.js';
import type { FastRequest } from './fast-request.js';
import { writeToolResult } from './result-json.js';

/** The result of a handler of any kind. */
export type FastOutcome =
  ToolOutcome | GetPromptResult | ReadResourceResult | CompleteResult | FastFailure;

/** What a request does with the entries of the catalog on the fast path. */
export interface FastUse {
  /** @throws errors of the protocol */
  run(exchange: McpExchange, contextOf: ContextOf): MaybePromise<FastOutcome>;
  /** The whole answer; `undefined` for a result that the SDK must write. */
  writeAnswer(json: AnswerJson, request: FastRequest, outcome: FastOutcome): string | undefined;
}

/** Creates the context of a handler. */
type ContextOf = (entry: CatalogEntry, uri?: string) => McpContext;

/** What a request does with entries; `undefined` for one that only the SDK can serve. */
export function findFastUse(request: FastRequest, parts: ServerParts): FastUse | undefined {
  const { message } = request;
  if (message.traits.completes) return findCompletion(message.params, parts);
  const [use] = entriesUsedBy(message, parts.catalog);
  const [target] = message.targets;
  if (!use || !target || !serves(target.kind, parts)) return undefined;
  if (!use.entry) return isNamed(message) ? new UnknownUse(target) : undefined;
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

/** Whether a message names its entry with text. */
function isNamed({ traits: { uses }, params }: McpMessage): boolean {
  return uses !== undefined && typeof params[uses.param] === 'string';
}

/** The use of an entry that does not exist. */
class UnknownUse implements FastUse {
  constructor(private readonly target: MessageTarget) {}

  run(): FastFailure {
    // To create an error takes longer than to write it.
    if (this.target.kind !== 'resource') return FastFailure.ofInput(unknownText(this.target));
    const error = unknownEntry(this.target);
    const failure = FastFailure.of(error);
    if (!failure) throw error;
    return failure;
  }

  writeAnswer(): undefined {
    return undefined;
  }
}

/** The use of one entry, which its access rule must allow. */
abstract class EntryUse<E extends CatalogEntry> implements FastUse {
  /** URI of the resource that is read. */
  protected readonly uri: string | undefined = undefined;

  constructor(protected readonly entry: E) {}

  run(exchange: McpExchange, contextOf: ContextOf): MaybePromise<FastOutcome> {
    const { entry, uri } = this;
    return andThen(exchange.access.decide(entry.access), ({ refusal }) =>
      refusal
        ? this.refused(new AccessRefusedError(refusal), exchange)
        : this.use(exchange, contextOf(entry, uri)),
    );
  }

  abstract writeAnswer(
    json: AnswerJson,
    request: FastRequest,
    outcome: FastOutcome,
  ): string | undefined;

  protected abstract use(exchange: McpExchange, context: McpContext): MaybePromise<FastOutcome>;

  /** The result for a caller without access. @throws errors of the protocol */
  protected refused(error: AccessRefusedError, _exchange: McpExchange): FastOutcome {
    return throwProtocolFailure(error);
  }
}

/** The tool of a `tools/call`. */
class FastTool extends EntryUse<CatalogTool> {
  constructor(
    entry: CatalogTool,
    private readonly input: unknown,
    private readonly parts: ServerParts,
  ) {
    super(entry);
  }

  protected use(exchange: McpExchange, context: McpContext): MaybePromise<ToolOutcome> {
    return this.entry.call(this.input, exchange, context);
  }

  protected override refused(error: AccessRefusedError, exchange: McpExchange): ToolOutcome {
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
class FastResource extends EntryUse<CatalogResource | CatalogResourceTemplate> {
  constructor(
    entry: CatalogResource | CatalogResourceTemplate,
    protected override readonly uri: string,
    private readonly variables: UriVariables,
  ) {
    super(entry);
  }

  protected use(exchange: McpExchange, context: McpContext): MaybePromise<FastOutcome> {
    return this.entry.read(this.variables, exchange, context);
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
class FastPrompt extends EntryUse<CatalogPrompt> {
  constructor(
    entry: CatalogPrompt,
    private readonly input: unknown,
  ) {
    super(entry);
  }

  protected use(exchange: McpExchange, context: McpContext): MaybePromise<FastOutcome> {
    return this.entry.get(this.input, exchange, context);
  }

  writeAnswer(json: AnswerJson, request: FastRequest, outcome: FastOutcome): string | undefined {
    return json.writeResult(request, outcome, PROMPT_MEMBERS);
  }
}

const PROMPT_MEMBERS: ReadonlySet<string> = new Set(['description', 'messages']);

/** The argument of a `completion/complete`. */
class FastCompletion implements FastUse {
  constructor(
    private readonly params: CompleteRequest['params'],
    private readonly catalog: McpCatalog,
  ) {}

  run(exchange: McpExchange, contextOf: ContextOf): MaybePromise<CompleteResult> {
    return complete(this.catalog, this.params, exchange, contextOf);
  }

  writeAnswer(json: AnswerJson, request: FastRequest, outcome: FastOutcome): string | undefined {
    return json.writeResult(request, outcome, COMPLETION_MEMBERS);
  }
}

const COMPLETION_MEMBERS: ReadonlySet<string> = new Set(['completion']);

/** `undefined` for params that the SDK would refuse or change. */
function findCompletion(
  { ref, argument, context }: McpMessage['params'],
  parts: ServerParts,
): FastCompletion | undefined {
  if (!serves('completion', parts)) return undefined;
  if (!isTexts(ref, REF_MEMBERS[String(isJsonObject(ref) && ref['type'])])) return undefined;
  if (!isTexts(argument, ARGUMENT_MEMBERS)) return undefined;
  if (context !== undefined && !isKnownArguments(context)) return undefined;
  // The checks above are those of this type.
  const params = { ref, argument, ...(context && { context }) } as CompleteRequest['params'];
  return new FastCompletion(params, parts.catalog);
}

const ARGUMENT_MEMBERS = ['name', 'value'];
const REF_MEMBERS: Readonly<Record<string, readonly string[]>> = {
  'ref/prompt': ['type', 'name'],
  'ref/resource': ['type', 'uri'],
};

/** Whether a value has these members, all of them text, and no others. */
function isTexts(value: unknown, members: readonly string[] | undefined): value is object {
  if (!members || !isJsonObject(value) || Object.keys(value).length !== members.length)
    return false;
  return members.every(
    (member) => Object.hasOwn(value, member) && typeof value[member] === 'string',
  );
}

function isKnownArguments(context: unknown): context is object {
  if (!isJsonObject(context)) return false;
  const { arguments: known, ...more } = context;
  if (Object.keys(more).length > 0) return false;
  return known === undefined || (isJsonObject(known) && isTexts(known, Object.keys(known)));
}

/** An error of the protocol with which a handler ended, and that is written without the SDK. */
export class FastFailure {
  private constructor(readonly error: Pick<ProtocolError, 'code' | 'message' | 'data'>) {}

  /** `undefined` for an error that the SDK converts, or answers with another status. */
  static of(error: unknown): FastFailure | undefined {
    if (!(error instanceof ProtocolError) || !WRITTEN.has(error.code)) return undefined;
    return new FastFailure(error);
  }

  /** @param message what is wrong with the input */
  static ofInput(message: string): FastFailure {
    return new FastFailure({ code: ProtocolErrorCode.InvalidParams, message, data: undefined });
  }
}

const WRITTEN: ReadonlySet<number> = new Set([
  ProtocolErrorCode.InvalidParams,
  ProtocolErrorCode.InternalError,
]);
