import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  type AuthInfo,
  type ClientCapabilities,
  type Implementation,
  type LoggingLevel,
  type Notification,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { CallPeer, CallServing } from '../../invocation/call-serving.js';
import { toAuthInfo } from '../exchange-auth-info.js';
import { ENVELOPE } from './envelope-keys.js';
import type { PlainCall } from './plain-call.js';

type Message = ServerContext['mcpReq'];

/** What the context of a handler reads of a plain call, in place of the SDK's `ServerContext`. */
export class PlainServing implements CallServing {
  readonly mcpReq: CallServing['mcpReq'];

  constructor(private readonly call: PlainCall) {
    this.mcpReq = new PlainMessage(call);
  }

  get sessionId(): string | undefined {
    return this.call.parts.sessionId;
  }

  get http(): { readonly authInfo: AuthInfo; readonly closeSSE: () => void } {
    return {
      authInfo: toAuthInfo(this.call.parts.exchange),
      closeSSE: () => {
        void this.call.say((serving) => serving.http?.closeSSE?.());
      },
    };
  }
}

class PlainMessage {
  constructor(private readonly call: PlainCall) {}

  get id(): string | number {
    return this.call.parts.plain.id;
  }

  get method(): string {
    return this.call.parts.plain.method;
  }

  /** Without what is of the protocol, as handlers of the SDK see it. */
  get _meta(): Message['_meta'] | undefined {
    const own = Object.entries(this.call.parts.plain.meta ?? {}).filter(
      ([key]) => !ENVELOPE.has(key),
    );
    return own.length > 0 ? Object.fromEntries(own) : undefined;
  }

  get envelope(): Message['envelope'] | undefined {
    const { era, meta } = this.call.parts.plain;
    // It was checked by the SDK, or is the same as one that was.
    return era === 'modern' ? (meta as Message['envelope']) : undefined;
  }

  get signal(): AbortSignal {
    return this.call.signal;
  }

  get isCancelled(): boolean {
    return this.call.isCancelled;
  }

  requestState<T>(): T | undefined {
    return undefined;
  }

  notify(notification: Notification): Promise<void> {
    return this.call.say((serving) => serving.mcpReq.notify(notification));
  }

  log(level: LoggingLevel, data: unknown, logger?: string): Promise<void> {
    return this.call.say((serving) => serving.mcpReq.log(level, data, logger));
  }
}

/** The client of a plain request without a session: what it says of itself in the request. */
export class PlainPeer implements CallPeer {
  constructor(private readonly meta: Readonly<Record<string, unknown>> | undefined) {}

  get server(): CallPeer['server'] {
    return this;
  }

  // The envelope was checked by the SDK, or is the same as one that was.
  getClientVersion(): Implementation | undefined {
    return this.meta?.[CLIENT_INFO_META_KEY] as Implementation | undefined;
  }

  getClientCapabilities(): ClientCapabilities | undefined {
    return this.meta?.[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  }

  getNegotiatedProtocolVersion(): string | undefined {
    return this.meta?.[PROTOCOL_VERSION_META_KEY] as string | undefined;
  }
}
