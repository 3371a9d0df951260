import { isInputRequiredResult } from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access.errors.js';
import { andThen } from '../../request/value-or-promise.js';
import { toToolFailure } from '../invocation/handler-failure.js';
import { exchangeOf, joinOrRun } from '../invocation/mcp-exchange.js';
import { refusedCall } from '../invocation/refusals.js';
import { toWireResult } from '../invocation/tool-result.js';
import { unknownEntry } from '../invocation/unknown-entry.js';
import { TooManyTasksError } from '../mcp.errors.js';
import { callAsTask } from '../tasks/task-call.js';
import type { CatalogServer } from './catalog-server.js';
import { serveList } from './serve-list.js';

/** `tools/list` and `tools/call`. */
export function serveTools(catalogServer: CatalogServer): void {
  const { server, parts } = catalogServer;
  const { catalog } = parts;
  server.registerCapabilities({ tools: { listChanged: true } });

  serveList(catalogServer, 'tools/list', 'tools');

  server.setRequestHandler('tools/call', async ({ params }, sdkContext) => {
    const tool = catalog.tools.get(params.name);
    if (!tool) throw unknownEntry({ kind: 'tool', key: params.name });
    try {
      const { exchange, context } = await catalogServer.authorize(tool, sdkContext);
      const input = params.arguments ?? {};
      const call = {
        tool,
        input,
        exchange,
        sdkContext,
        server: catalogServer,
        states: parts.states,
      };
      const task = tool.task && (await callAsTask(parts.tasks, call, catalogServer.era));
      if (task) return task;
      const result = await joinOrRun(exchange, sdkContext, () =>
        andThen(tool.call(input, exchange, context), toWireResult),
      );
      if (isInputRequiredResult(result)) return result;
      return server.projectCallToolResult(result, tool.definition.outputSchema);
    } catch (error) {
      if (error instanceof AccessRefusedError) {
        return refusedCall(error, tool, exchangeOf(sdkContext.http?.authInfo), parts);
      }
      if (error instanceof TooManyTasksError) return toToolFailure(error);
      throw error;
    }
  });
}
