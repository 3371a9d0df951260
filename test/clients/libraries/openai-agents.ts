import { serveLibrary, textOf } from './library-process.js';

/** `@openai/agents`: its MCP server class, without a model. */
await serveLibrary(async ({ url, auth, load }) => {
  const { MCPServerStreamableHttp } = await load('@openai/agents');
  // The package has no call for it: applications use the client that it is built on.
  const { auth: authorize } = await load('@modelcontextprotocol/client');
  return () => {
    const server = new MCPServerStreamableHttp({ url, name: 'server', authProvider: auth });
    return {
      connect: () => server.connect(),
      async finishSignIn() {
        await authorize(auth, { serverUrl: url, authorizationCode: auth.code, iss: auth.issuer });
      },
      list: async () => (await server.listTools()).map(({ name }: { name: string }) => name),
      call: async (name, input) => textOf(await server.callToolResult(name, input)),
      close: () => server.close(),
    };
  };
});
