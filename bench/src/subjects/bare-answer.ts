/** A call of the tool `echo`, as far as a bare route looks at it. */
export interface BareCall {
  readonly id: number;
  readonly params: { readonly arguments?: { readonly message?: string } };
}

/** What a bare route answers: as long as the answer of an MCP server. */
export function bareAnswer({ id, params }: BareCall, userId: string | undefined): object {
  const structuredContent = {
    message: params.arguments?.message ?? '',
    timestamp: new Date().toISOString(),
    userId,
  };
  return {
    jsonrpc: '2.0',
    id,
    result: {
      content: [{ type: 'text', text: JSON.stringify(structuredContent) }],
      structuredContent,
      resultType: 'complete',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'bench', version: '1.0.0' } },
    },
  };
}
