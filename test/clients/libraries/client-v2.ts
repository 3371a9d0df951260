import { serveLibrary, textOf } from './library-process.js';

/** `@modelcontextprotocol/client`: speaks both eras. */
await serveLibrary(async ({ url, era, auth, load }) => {
  const { Client, StreamableHTTPClientTransport } = await load('@modelcontextprotocol/client');
  const versionNegotiation = { mode: era === '2026' ? 'auto' : 'legacy' };
  return () => {
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: auth });
    const client = new Client({ name: 'client-matrix', version: '1.0.0' }, { versionNegotiation });
    client.onerror = (error: Error) => console.log(`onerror: ${error.message}`);
    return {
      connect: () => client.connect(transport),
      finishSignIn: () => transport.finishAuth(auth.code, auth.issuer),
      list: async () => (await client.listTools()).tools.map(({ name }: Named) => name),
      call: async (name, input) => textOf(await client.callTool({ name, arguments: input })),
      close: () => client.close(),
    };
  };
});

interface Named {
  readonly name: string;
}
