import { serveLibrary } from './library-process.js';

/** `@langchain/mcp-adapters`: the tools of a server as tools of LangChain. */
await serveLibrary(async ({ url, auth, load }) => {
  const { MultiServerMCPClient } = await load('@langchain/mcp-adapters');
  // The adapters have no call for it: applications use the SDK that they install.
  const { auth: authorize } = await load('@modelcontextprotocol/sdk/client/auth.js');
  return () => {
    const client = new MultiServerMCPClient({
      mcpServers: { server: { transport: 'http', url, authProvider: auth } },
    });
    return {
      connect: () => client.initializeConnections(),
      async finishSignIn() {
        await authorize(auth, { serverUrl: url, authorizationCode: auth.code });
      },
      list: async () => (await client.getTools()).map(({ name }: { name: string }) => name),
      async call(name, input) {
        const tools = await client.getTools();
        const tool = tools.find((each: { name: string }) => each.name === name);
        if (tool === undefined) throw new Error(`can only call what is listed, and ${name} is not`);
        const result = await tool.invoke(input);
        return typeof result === 'string' ? result : JSON.stringify(result);
      },
      close: () => client.close(),
    };
  };
});
