import type { McpServer, ServerContext } from '@modelcontextprotocol/server';

/** What the context of a handler reads of a message. The SDK's `ServerContext` has all of it. */
export interface SdkContext {
  readonly sessionId?: string | undefined;
  readonly mcpReq: Pick<
    ServerContext['mcpReq'],
    'id' | 'method' | 'inputResponses' | 'requestState' | 'signal' | 'notify' | 'log'
  > & {
    readonly [K in '_meta' | 'envelope']?: ServerContext['mcpReq'][K] | undefined;
  } & {
    /** Whether the signal has aborted, where there is none before somebody asks for it. */
    readonly isCancelled?: boolean;
  };
  readonly http?: Pick<NonNullable<ServerContext['http']>, 'authInfo' | 'closeSSE'> | undefined;
}

/** What the context of a handler reads of the client. The SDK's `McpServer` has all of it. */
export interface SdkPeer {
  readonly server: Pick<
    McpServer['server'],
    'getClientVersion' | 'getClientCapabilities' | 'getNegotiatedProtocolVersion'
  >;
}
