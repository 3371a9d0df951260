import type { AccessRefusedError } from '../../../access/access-refused.error.js';
import type { MaybePromise } from '../../../access/maybe-promise.js';
import type { CatalogPrompt } from '../../catalog/catalog-entry.js';
import type { McpContext } from '../../invocation/mcp-context.js';
import type { McpExchange } from '../../invocation/mcp-exchange.js';
import type { PlainJson } from './plain-json.js';
import type { PlainRequest } from './plain-request.js';
import type { PlainOutcome, PlainTarget } from './plain-target.js';

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
    return json.resultAnswer(request, outcome, MEMBERS);
  }
}

const MEMBERS: ReadonlySet<string> = new Set(['description', 'messages']);
