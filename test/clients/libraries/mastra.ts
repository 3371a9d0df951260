import { serveLibrary } from './library-process.js';

const CONNECT_MILLISECONDS = 30_000;

/** `@mastra/mcp`: its client with its own provider, which listens for the callback. */
await serveLibrary(async ({ url, era, auth, clientId, load }) => {
  const { InMemoryOAuthStorage, MCPClient, MCPOAuthClientProvider } = await load('@mastra/mcp');
  const storage = new InMemoryOAuthStorage();
  let made = 0;
  let authenticates = false;
  const open = () => {
    const authProvider = new MCPOAuthClientProvider({
      redirectUrl: auth.redirectUrl,
      clientMetadata: auth.clientMetadata,
      clientInformation: { client_id: clientId },
      storage,
      async onRedirectToAuthorization(address: URL) {
        // Nobody listens for the callback of a connection that is only tried.
        if (!authenticates) return;
        await auth.visit(address, true).catch((error: unknown) => console.log(String(error)));
      },
    });
    const server = {
      url: new URL(url),
      authProvider,
      connectTimeout: CONNECT_MILLISECONDS,
      ...(era === '2025' && { protocolVersion: 'legacy' }),
    };
    made += 1;
    return new MCPClient({ id: `client-${made}`, servers: { server } });
  };
  return () => {
    const client = open();
    const tools = async () => {
      const { tools: found, errors } = await client.listToolsWithErrors();
      if (client.getServerAuthState('server') === 'needs-auth') {
        authenticates = true;
        await client.authenticate('server').finally(() => (authenticates = false));
        return client.listTools();
      }
      const [problem] = Object.values(errors ?? {});
      if (problem !== undefined) throw new Error(String(problem));
      return found;
    };
    return {
      connect: async () => void (await tools()),
      finishSignIn: async () => undefined,
      list: async () => Object.keys(await tools()),
      async call(name, input) {
        const tool = (await tools())[`server_${name}`];
        if (tool === undefined) throw new Error(`can only call what is listed, and ${name} is not`);
        const result = await tool.execute(input, {});
        return typeof result === 'string' ? result : JSON.stringify(result);
      },
      close: () => client.disconnect(),
    };
  };
});
