import {
  ProtocolError,
  ProtocolErrorCode,
  type CompleteRequest,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { Decision } from '../../access/refusal.js';
import type { AuditEntry } from '../../audit/audit-event.js';
import { auditEntryOf } from '../catalog/audited-run.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import { completionKey } from '../catalog/prompt-compiler.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import { type McpExchange, joinOrRun, exchangeOf } from '../invocation/mcp-exchange.js';
import type { CatalogServer } from './catalog-server.js';
import { serveList } from './serve-list.js';

/** `prompts/list`, `prompts/get` and `completion/complete`. */
export function servePrompts(catalogServer: CatalogServer): void {
  const { server, parts } = catalogServer;
  const { catalog, options } = parts;
  if (catalog.completions.size > 0) {
    server.registerCapabilities({ completions: {} });
    server.setRequestHandler('completion/complete', ({ params }, sdkContext) =>
      complete(catalogServer, params, sdkContext),
    );
  }
  if (catalog.prompts.size === 0 && !options.dynamic) return;
  server.registerCapabilities({ prompts: { listChanged: true } });

  serveList(catalogServer, 'prompts/list', 'prompts');

  server.setRequestHandler('prompts/get', async ({ params }, sdkContext) => {
    const prompt = catalog.prompts.get(params.name);
    if (!prompt) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown prompt: ${params.name}`);
    }
    try {
      const { exchange, context } = await catalogServer.authorize(prompt, sdkContext);
      return await joinOrRun(exchange, sdkContext, () =>
        prompt.get(params.arguments ?? {}, exchange, context),
      );
    } catch (error) {
      return throwProtocolFailure(error);
    }
  });
}

/** Completes an argument. Entries that the caller may not use are answered as unknown. */
async function complete(
  catalogServer: CatalogServer,
  { ref, argument, context: known }: CompleteRequest['params'],
  sdkContext: ServerContext,
) {
  const { catalog } = catalogServer.parts;
  const exchange = exchangeOf(sdkContext.http?.authInfo);
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
  if (!target) audit?.decided(METHOD, COMPLETION, 'unknown');
  if (!target || !(await mayUse(target, exchange, audited))) {
    const name = isPrompt
      ? `prompt: ${ref.name}`
      : `resource template: ${ref.uri.slice(0, MAX_VALUE)}`;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown ${name}`);
  }
  if (!completion || !(await mayUse(completion, exchange, audited))) {
    return { completion: { values: [], total: 0, hasMore: false } };
  }
  audit?.decided(METHOD, audited, ALLOWED);
  const { context } = await catalogServer.authorize(completion, sdkContext);
  const input = { value: argument.value.slice(0, MAX_VALUE), arguments: known?.arguments ?? {} };
  const values = await completion.complete(input, exchange, context);
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
async function mayUse(
  { access: rule }: CatalogEntry,
  { access, audit }: McpExchange,
  audited: AuditEntry,
): Promise<boolean> {
  const decision = await access.decide(rule);
  const { refusal } = decision;
  if (!refusal) return true;
  audit?.decided(METHOD, audited, decision);
  if (UNDECIDED.has(refusal.reason)) throwProtocolFailure(new AccessRefusedError(refusal));
  return false;
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
