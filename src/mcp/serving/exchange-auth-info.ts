import type { AuthInfo } from '@modelcontextprotocol/server';
import type { McpExchange } from '../invocation/mcp-exchange.js';

/**
 * Carries the exchange through the SDK, which passes this object to every handler. It never holds a
 * token: authentication is over when the SDK is reached.
 */
export function toAuthInfo(exchange: McpExchange): AuthInfo {
  const { principal } = exchange;
  return {
    token: '',
    clientId: principal?.clientId ?? '',
    scopes: [...(principal?.scopes ?? [])],
    extra: { [EXCHANGE]: exchange },
  };
}

/**
 * The exchange that a message belongs to.
 *
 * @throws {Error} for a message that did not come through the endpoint: nobody may be assumed then
 */
export function exchangeOf(authInfo: AuthInfo | undefined): McpExchange {
  const exchange = authInfo?.extra?.[EXCHANGE];
  if (exchange) return exchange as McpExchange; // Only `toAuthInfo` writes this key.
  throw new Error('A message reached the MCP server without an HTTP exchange.');
}

const EXCHANGE = 'nestjs-clerk-mcp:exchange';
