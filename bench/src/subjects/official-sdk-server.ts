import { McpServer } from '@modelcontextprotocol/server';
import { ECHO_DESCRIPTION, Echo, EchoInput } from './echo.js';

/** A server of the official SDK with the tool of the bench. */
export function officialSdkServer(): McpServer {
  const server = new McpServer({ name: 'bench', version: '1.0.0' });
  addEcho(server);
  return server;
}

/** Registers the tool as the documentation of the SDK does. */
export function addEcho(server: McpServer): void {
  server.registerTool(
    'echo',
    { description: ECHO_DESCRIPTION, inputSchema: EchoInput, outputSchema: Echo },
    ({ message }) => {
      const said = { message, timestamp: new Date().toISOString(), userId: 'nobody' };
      return { content: [{ type: 'text', text: JSON.stringify(said) }], structuredContent: said };
    },
  );
}
