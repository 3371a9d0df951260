import { serveLibrary, textOf } from './library-process.js';

/** `@ai-sdk/mcp`: the MCP client of the AI SDK. */
await serveLibrary(async ({ url, era, auth, load }) => {
  const { auth: authorize, createMCPClient } = await load('@ai-sdk/mcp');
  return () => {
    let client: any;
    const transport = { type: 'http', url, authProvider: auth };
    return {
      async connect() {
        client = await createMCPClient({
          transport,
          protocolVersionDiscovery: era === '2026',
          onUncaughtError: (error: unknown) => console.log(`uncaught: ${String(error)}`),
        });
      },
      async finishSignIn() {
        await authorize(auth, {
          serverUrl: url,
          authorizationCode: auth.code,
          callbackState: auth.callback.searchParams.get('state') ?? undefined,
          callbackIssuer: auth.issuer,
        });
      },
      list: async () => Object.keys(await client.tools()),
      call: async (name, input) => textOf(await client.callTool({ name, arguments: input })),
      close: async () => client?.close(),
    };
  };
});
