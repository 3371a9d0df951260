import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
  type VersionNegotiationMode,
} from '@modelcontextprotocol/client';
import { UnauthorizedError as UnauthorizedErrorV1 } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { OAuthClient } from './oauth-client.js';

/** One generation and mode of the official client. */
export interface ClientKind {
  readonly name: string;
  /** Protocol revision that it ends up with. */
  readonly revision: '2025-11-25' | '2026-07-28';
  connect(url: string, provider: OAuthClient): Promise<ConnectedClient>;
  /** Takes the code where no connection came about. */
  finishSignIn(url: string, provider: OAuthClient): Promise<void>;
  /** Whether an error asks the application to let the user sign in. */
  asksToSignIn(error: unknown): boolean;
}

/** A client as the tests use it. */
export interface ConnectedClient {
  readonly revision: string | undefined;
  listTools(): Promise<string[]>;
  callTool(name: string, args?: Record<string, unknown>): Promise<CallResult>;
  /** Takes the code of the authorization server; the connection goes on as the signed-in user. */
  finishSignIn(): Promise<void>;
  close(): Promise<void>;
}

export interface CallResult {
  readonly isError?: boolean;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Readonly<Record<string, unknown>>;
}

const INFO = { name: 'interop', version: '1.0.0' };

const v1: ClientKind = {
  name: 'v1 client',
  revision: '2025-11-25',
  asksToSignIn: (error) => error instanceof UnauthorizedErrorV1,
  finishSignIn: (url, provider) => transportV1(url, provider).finishAuth(provider.code),
  async connect(url, provider) {
    const client = new ClientV1(INFO);
    const transport = transportV1(url, provider);
    // The declarations of v1 were not written for exactOptionalPropertyTypes.
    await client.connect(transport as Parameters<ClientV1['connect']>[0]);
    return {
      revision: transport.protocolVersion,
      listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
      callTool: async (name, args = {}) =>
        (await client.callTool({ name, arguments: args })) as unknown as CallResult,
      finishSignIn: () => transport.finishAuth(provider.code),
      close: () => client.close(),
    };
  },
};

function transportV1(url: string, provider: OAuthClient): TransportV1 {
  // The providers of both generations have the same methods; the newer types say more.
  const authProvider = provider as unknown as NonNullable<TransportV1Options['authProvider']>;
  return new TransportV1(new URL(url), { authProvider });
}

type TransportV1Options = NonNullable<ConstructorParameters<typeof TransportV1>[1]>;

const v2 = (
  name: string,
  mode: VersionNegotiationMode,
  revision: ClientKind['revision'],
): ClientKind => ({
  name: `v2 client, ${name}`,
  revision,
  asksToSignIn: (error) => error instanceof UnauthorizedError,
  finishSignIn: (url, provider) =>
    transportV2(url, provider).finishAuth(provider.code, provider.issuer),
  async connect(url, provider) {
    const client = new Client(INFO, { versionNegotiation: { mode } });
    const transport = transportV2(url, provider);
    await client.connect(transport);
    return {
      revision: client.getNegotiatedProtocolVersion(),
      listTools: async () => (await client.listTools()).tools.map(({ name }) => name),
      callTool: async (name, args = {}) =>
        (await client.callTool({ name, arguments: args })) as CallResult,
      finishSignIn: () => transport.finishAuth(provider.code, provider.issuer),
      close: () => client.close(),
    };
  },
});

function transportV2(url: string, authProvider: OAuthClient): StreamableHTTPClientTransport {
  return new StreamableHTTPClientTransport(new URL(url), { authProvider });
}

/** Every official client that speaks to this server, in each of its modes. */
export const CLIENT_KINDS: readonly ClientKind[] = [
  v1,
  v2('legacy', 'legacy', '2025-11-25'),
  v2('automatic', 'auto', '2026-07-28'),
  v2('pinned', { pin: '2026-07-28' }, '2026-07-28'),
];

/** Connects, is turned away there or at a protected call, signs in, and goes on. */
export async function signedIn(
  kind: ClientKind,
  url: string,
  provider: OAuthClient,
): Promise<ConnectedClient> {
  let client: ConnectedClient;
  try {
    client = await kind.connect(url, provider);
  } catch (error) {
    if (!kind.asksToSignIn(error)) throw error;
    await kind.finishSignIn(url, provider);
    return kind.connect(url, provider);
  }
  const refusal = await client.callTool('echo', { message: 'hi' }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!kind.asksToSignIn(refusal)) throw new Error(`no sign-in, but ${String(refusal)}`);
  await client.finishSignIn();
  return client;
}
