/** An error response of JSON-RPC 2.0. */
export interface JsonRpcErrorBody {
  readonly jsonrpc: '2.0';
  readonly id: string | number | null;
  readonly error: { readonly code: number; readonly message: string };
}

/** Codes of JSON-RPC 2.0 §5.1, and the one that servers may use as they like. */
export const JSON_RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  internalError: -32603,
  serverError: -32000,
} as const;

/** @param id id of the request; `null` where it is not known */
export function jsonRpcError(
  code: number,
  message: string,
  id: string | number | null = null,
): JsonRpcErrorBody {
  return { jsonrpc: '2.0', id, error: { code, message } };
}
