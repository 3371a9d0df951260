/** The official client, which an application need not have installed. */
export async function loadClient(): Promise<typeof import('@modelcontextprotocol/client')> {
  try {
    return await import('@modelcontextprotocol/client');
  } catch (cause) {
    throw new Error(
      'This command uses the official MCP client. Install it: npm install --save-dev @modelcontextprotocol/client. Without an application: npx -p nestjs-clerk-mcp -p @modelcontextprotocol/client nestjs-clerk-mcp …',
      { cause },
    );
  }
}
