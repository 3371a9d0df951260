import { ADAPTERS, createAdapter, type AdapterName } from '../../support/adapters.js';
import { mcpApp, rpc, type McpApp, type McpAppOptions } from '../fixtures.js';
import * as nest from '@nestjs/common';
import type { Type } from '@nestjs/common';

export { ADAPTERS };

/** Nest 12 has schemas of parameters and `@Cookies()`; Nest 11 has neither. */
export const IS_NEST_12 = 'Cookies' in nest;

/** An application whose tools are routes of these controllers. */
export function routeApp(
  adapter: AdapterName,
  controllers: Type[],
  { metadata, ...options }: McpAppOptions = {},
): Promise<McpApp> {
  return mcpApp([], {
    adapter: createAdapter(adapter),
    metadata: { ...metadata, controllers },
    ...options,
  });
}

/** A tool as `tools/list` describes it. */
export interface ListedTool {
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  readonly inputSchema: any;
  readonly annotations?: any;
}

export async function listTools(url: string, as = 'alice'): Promise<readonly ListedTool[]> {
  const response = await rpc(url, 'tools/list', {}, { as });
  const { result } = (await response.json()) as { result: { tools: ListedTool[] } };
  return result.tools;
}
