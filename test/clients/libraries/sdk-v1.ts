import { serveLibrary, textOf } from './library-process.js';

const SDK = '@modelcontextprotocol/sdk/client';

/** `@modelcontextprotocol/sdk`: its client over Streamable HTTP. */
await serveLibrary(async ({ url, auth, load }) => {
  const { Client } = await load(`${SDK}/index.js`);
  const { StreamableHTTPClientTransport } = await load(`${SDK}/streamableHttp.js`);
  return () => {
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: auth });
    const client = new Client({ name: 'client-matrix', version: '1.0.0' });
    client.onerror = (error: Error) => console.log(`onerror: ${error.message}`);
    return {
      connect: () => client.connect(transport),
      finishSignIn: () => transport.finishAuth(auth.code),
      list: async () => (await client.listTools()).tools.map(({ name }: Named) => name),
      call: async (name, input) => textOf(await client.callTool({ name, arguments: input })),
      close: () => client.close(),
    };
  };
});

interface Named {
  readonly name: string;
}
