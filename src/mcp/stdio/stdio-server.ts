import type { ExchangeAudit } from '../audit/exchange-audit.js';
import type { Principal } from '../../request/principal.js';
import { RequestAccess } from '../../access/request-access.js';
import type { AccessControl } from '../../access/access-control.js';
import type { McpAudit } from '../audit/mcp-audit.js';
import { type McpExchange, toAuthInfo } from '../invocation/mcp-exchange.js';
import { type McpReading, readMessages } from '../protocol/read-messages.js';
import { SealedReply } from '../invocation/sealed-reply.js';
import type { JSONRPCMessage, ServerContext, Transport } from '@modelcontextprotocol/server';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { CallScope } from '../../request/authentication.js';
import type { Refusal } from '../../access/refusal.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import { MessageRefusedError } from '../protocol/json-rpc-error.js';
import { CatalogServer, type ServerParts } from '../server/catalog-server.js';

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
      const { exchange, recorder } = createStdioExchange(reading, principal, this.parts);
      this.scope.run(exchange.request, principal, () => {
        recorder?.requested();
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

/** What stands for the HTTP exchange of a message over stdio, for guards and decorators that read one. */
export function createStdioExchange(
  reading: McpReading,
  principal: Principal | undefined,
  { control, audit }: { readonly control: AccessControl; readonly audit: McpAudit },
): { readonly exchange: McpExchange; readonly recorder: ExchangeAudit | undefined } {
  const request = { method: 'POST', url: '/', headers: {} };
  const access = new RequestAccess(control, principal, request);
  const recorder = audit.open({ request, reading, access, transport: 'stdio' });
  const reply = new SealedReply({ reply: NOWHERE }).view;
  return { exchange: { request, reply, reading, principal, access, audit: recorder }, recorder };
}

/** A reply whose headers are gone already: whatever is set on it is dropped. */
const NOWHERE = { headersSent: true, getHeader: () => undefined } as const;
