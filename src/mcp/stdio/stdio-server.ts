import type { JSONRPCMessage, ServerContext, Transport } from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access-refused.error.js';
import type { CallScope } from '../../access/call-scope.js';
import type { Principal } from '../../access/principal.js';
import type { Refusal } from '../../access/refusal.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import { MessageRefusedError } from '../protocol/message-refused.error.js';
import { readMessages, type McpReading } from '../protocol/read-messages.js';
import { CatalogServer, type ServerParts } from '../serving/catalog-server.js';
import { toAuthInfo } from '../serving/exchange-auth-info.js';
import { createStdioExchange } from './stdio-exchange.js';

/** The server of one connection over stdio: every message comes from the same principal, or nobody. */
export class StdioServer extends CatalogServer {
  constructor(
    parts: ServerParts,
    private readonly principal: Principal | undefined,
    private readonly scope: CallScope,
    era: CatalogServer['era'],
  ) {
    super(parts, era);
  }

  /** Gives each message what an HTTP request gives it: an exchange, and a scope of its own. */
  override async connect(transport: Transport): Promise<void> {
    await super.connect(transport);
    const { onmessage } = transport;
    if (!onmessage) return;
    transport.onmessage = (message, extra) => {
      const { principal } = this;
      const reading = readOrRefuse(message, this.parts.options.limits);
      if (reading instanceof MessageRefusedError) {
        if (reading.body.id !== null) void transport.send(answerOf(reading));
        return;
      }
      const exchange = createStdioExchange(reading, principal, this.parts);
      this.scope.run(exchange.request, principal, () => {
        exchange.audit?.requested();
        onmessage(message, { ...extra, authInfo: toAuthInfo(exchange) });
      });
    };
  }

  /** Nobody can sign in over stdio: what is refused says what to do instead. */
  override async enter(
    entry: CatalogEntry,
    serving: ServerContext,
    uri?: string,
  ): ReturnType<CatalogServer['enter']> {
    const { refusal } = await this.accessOf(serving).decide(entry.access);
    if (refusal?.reason === 'unauthenticated') {
      throw new AccessRefusedError(this.principal ? EXPIRED : ANONYMOUS);
    }
    return super.enter(entry, serving, uri);
  }
}

/** The answer to a message that is over a limit. */
export function answerOf({ body }: MessageRefusedError): JSONRPCMessage {
  // Only a request with an id is answered on its own; an id that is too long cannot be repeated.
  return body as JSONRPCMessage;
}

export function readOrRefuse(
  message: unknown,
  limits: ResolvedMcpLimits,
): McpReading | MessageRefusedError {
  try {
    return readMessages(message, limits);
  } catch (error) {
    if (error instanceof MessageRefusedError) return error;
    throw error;
  }
}

const EXPIRED: Refusal = {
  reason: 'invalid_token',
  description:
    'The access token that this server was started with has expired. Start the server again with a new one.',
};

const ANONYMOUS: Refusal = {
  reason: 'forbidden',
  description:
    'This needs a signed-in user, and this server was started without an access token. Start the server again with one.',
};
