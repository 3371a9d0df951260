import { serveLibrary, textOf } from './library-process.js';

/** `mcp-use` 1: its `MCPClient`. Version 2 has it in a package of its own. */
await serveLibrary(async ({ url, auth, load }) => {
  const { MCPClient } = await load('mcp-use/client');
  const { auth: authorize } = await load('@modelcontextprotocol/sdk/client/auth.js');
  return () => {
    const client = new MCPClient({ mcpServers: { server: { url, authProvider: auth } } });
    let session: any;
    return {
      async connect() {
        session = await client.createSession('server');
      },
      async finishSignIn() {
        await authorize(auth, { serverUrl: url, authorizationCode: auth.code });
      },
      list: async () => (await session.listTools()).map(({ name }: { name: string }) => name),
      call: async (name, input) => textOf(await session.callTool(name, input)),
      close: () => client.closeAllSessions(),
    };
  };
});
