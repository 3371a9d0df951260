import {
  ProtocolError,
  ProtocolErrorCode,
  type CompleteRequest,
  type CompleteResult,
} from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { Decision } from '../../access/refusal.js';
import type { AuditEntry } from '../../audit/audit-event.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { withoutStack } from '../../request/without-stack.js';
import type { McpContext } from '../authoring/mcp-context.js';
import { auditEntryOf } from '../catalog/audited-run.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import { completionKey } from '../catalog/prompt-compiler.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';

/**
 * Completes an argument, synchronously where access and the handler are. Entries that the caller may
 * not use are answered as unknown.
 *
 * @param contextOf creates the context of the handler
 * @throws {ProtocolError}
 */
export function complete(
  catalog: McpCatalog,
  { ref, argument, context: known }: CompleteRequest['params'],
  exchange: McpExchange,
  contextOf: (entry: CatalogEntry) => MaybePromise<McpContext>,
): MaybePromise<CompleteResult> {
  const { audit } = exchange;
  const isPrompt = ref.type === 'ref/prompt';
  const target = isPrompt ? catalog.prompts.get(ref.name) : catalog.resourceTemplates.get(ref.uri);
  const completion = catalog.completions.get(
    completionKey(
      isPrompt
        ? { prompt: ref.name, argument: argument.name }
        : { uriTemplate: ref.uri, variable: argument.name },
    ),
  );
  const audited = completion ? auditEntryOf('completion', completion) : COMPLETION;
  if (!target) {
    audit?.decided(METHOD, COMPLETION, 'unknown');
    throw unknownTarget(ref);
  }
  return andThen(mayUse(target, exchange, audited), (mayUseTarget) => {
    if (!mayUseTarget) throw unknownTarget(ref);
    if (!completion) return NO_VALUES;
    return andThen(mayUse(completion, exchange, audited), (mayComplete) => {
      if (!mayComplete) return NO_VALUES;
      audit?.decided(METHOD, audited, ALLOWED);
      const value = argument.value.slice(0, MAX_VALUE);
      const input = { value, arguments: known?.arguments ?? {} };
      const values = andThen(contextOf(completion), (context) =>
        completion.complete(input, exchange, context),
      );
      return andThen(values, toResult);
    });
  });
}

function unknownTarget(ref: CompleteRequest['params']['ref']): ProtocolError {
  const name =
    ref.type === 'ref/prompt'
      ? `prompt: ${ref.name}`
      : `resource template: ${ref.uri.slice(0, MAX_VALUE)}`;
  return withoutStack(() => new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown ${name}`));
}

function toResult(values: readonly string[]): CompleteResult {
  return {
    completion: {
      values: values.slice(0, MAX_CANDIDATES),
      total: values.length,
      hasMore: values.length > MAX_CANDIDATES,
    },
  };
}

/**
 * Decides as for a use of the entry, since candidates reveal as much as its use does.
 *
 * @throws {ProtocolError} the decision is not possible now
 */
function mayUse(
  { access: rule }: CatalogEntry,
  { access, audit }: McpExchange,
  audited: AuditEntry,
): MaybePromise<boolean> {
  return andThen(access.decide(rule), (decision) => {
    const { refusal } = decision;
    if (!refusal) return true;
    audit?.decided(METHOD, audited, decision);
    if (UNDECIDED.has(refusal.reason)) throwProtocolFailure(new AccessRefusedError(refusal));
    return false;
  });
}

const METHOD = 'completion/complete';
const ALLOWED: Decision = { allowed: true };
/** Refusals that may be gone with the next request, and so are not answered as unknown. */
const UNDECIDED: ReadonlySet<string> = new Set(['unavailable', 'misconfigured']);
const COMPLETION = { kind: 'completion' } as const satisfies AuditEntry;

/** The most candidates that the protocol allows in one answer. */
const MAX_CANDIDATES = 100;
/** Length at which the text to complete is cut, in characters. */
const MAX_VALUE = 1_024;
const NO_VALUES: CompleteResult = { completion: { values: [], total: 0, hasMore: false } };
