import type { McpServer, ServerContext } from '@modelcontextprotocol/server';

/** The part of the SDK's `ServerContext` that the context of a handler uses. */
export interface SdkContext {
  readonly sessionId?: string | undefined;
  readonly mcpReq: Pick<
    ServerContext['mcpReq'],
    'id' | 'method' | 'inputResponses' | 'requestState' | 'signal' | 'notify' | 'log'
  > & {
    readonly [K in '_meta' | 'envelope']?: ServerContext['mcpReq'][K] | undefined;
  } & {
    /** Whether `signal` has aborted, for implementations that create the signal on first use. */
    readonly isCancelled?: boolean;
  };
  readonly http?: Pick<NonNullable<ServerContext['http']>, 'authInfo' | 'closeSSE'> | undefined;
}

/** The part of the SDK's `McpServer` that the context of a handler uses. */
export interface SdkPeer {
  readonly server: Pick<
    McpServer['server'],
    'getClientVersion' | 'getClientCapabilities' | 'getNegotiatedProtocolVersion'
  >;
}
