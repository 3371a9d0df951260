import {
  ProtocolError,
  ProtocolErrorCode,
  type CompleteRequest,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { decide } from '../../access/decide.js';
import { completionKey } from '../catalog/completion-compiler.js';
import { throwProtocolFailure } from '../invocation/handler-failure.js';
import type { CatalogServer } from './catalog-server.js';
import { pageOf } from './pages.js';

/** `prompts/list`, `prompts/get` and `completion/complete`. */
export function servePrompts(catalogServer: CatalogServer): void {
  const { server, parts } = catalogServer;
  const { catalog, options } = parts;
  if (catalog.completions.size > 0) {
    server.registerCapabilities({ completions: {} });
    server.setRequestHandler('completion/complete', ({ params }, serving) =>
      complete(catalogServer, params, serving),
    );
  }
  if (catalog.prompts.size === 0 && !options.dynamic) return;
  server.registerCapabilities({ prompts: { listChanged: true } });

  server.setRequestHandler('prompts/list', ({ params }, serving) => {
    const visible = catalog.prompts.visibleTo(catalogServer.callerOf(serving));
    const { entries, ...next } = pageOf('prompts', visible, params?.cursor, options.pageSize);
    return { prompts: entries.map(({ definition }) => definition), ...next };
  });

  server.setRequestHandler('prompts/get', async ({ params }, serving) => {
    const prompt = catalog.prompts.get(params.name);
    if (!prompt) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown prompt: ${params.name}`);
    }
    try {
      const { exchange, context } = catalogServer.enter(prompt, serving);
      return await prompt.get(params.arguments ?? {}, exchange, context);
    } catch (error) {
      return throwProtocolFailure(error);
    }
  });
}

/** What the caller may not use is as good as unknown: a completion would tell about it. */
async function complete(
  catalogServer: CatalogServer,
  { ref, argument, context: known }: CompleteRequest['params'],
  serving: ServerContext,
) {
  const { catalog } = catalogServer.parts;
  const caller = catalogServer.callerOf(serving);
  const isPrompt = ref.type === 'ref/prompt';
  const target = isPrompt ? catalog.prompts.get(ref.name) : catalog.resourceTemplates.get(ref.uri);
  const completion = catalog.completions.get(
    completionKey(
      isPrompt
        ? { prompt: ref.name, argument: argument.name }
        : { uriTemplate: ref.uri, variable: argument.name },
    ),
  );
  if (!target || decide(target.access, caller).outcome !== 'allow') {
    const name = isPrompt ? `prompt: ${ref.name}` : `resource template: ${ref.uri}`;
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `Unknown ${name}`);
  }
  if (!completion || decide(completion.access, caller).outcome !== 'allow') {
    return { completion: { values: [], total: 0, hasMore: false } };
  }
  const { exchange, context } = catalogServer.enter(completion, serving);
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

/** The most that the protocol allows in one answer. */
const MAX_CANDIDATES = 100;
/** Longest text that is completed, in characters. */
const MAX_VALUE = 1_024;
