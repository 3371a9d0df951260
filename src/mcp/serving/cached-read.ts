import {
  isInputRequiredResult,
  type InputRequiredResult,
  type ReadResourceResult,
} from '@modelcontextprotocol/server';
import type { McpCacheHint } from '../catalog/cache-hint.js';

/** What was read, with how long it may be kept where its resource says so. */
export function withCacheHint(
  result: ReadResourceResult | InputRequiredResult,
  cache: McpCacheHint | undefined,
): ReadResourceResult | InputRequiredResult {
  if (!cache || isInputRequiredResult(result)) return result;
  return { ...result, ttlMs: cache.ttlMs, cacheScope: cache.scope };
}
