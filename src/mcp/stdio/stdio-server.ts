import type { JSONRPCMessage, ServerContext, Transport } from '@modelcontextprotocol/server';
import type { AccessControl } from '../../access/access-control.js';
import { AccessRefusedError } from '../../access/access.errors.js';
import type { Refusal } from '../../access/refusal.js';
import { RequestAccess } from '../../access/request-access.js';
import type { CallScope } from '../../request/authentication.js';
import type { Principal } from '../../request/principal.js';
import type { ExchangeAudit } from '../audit/exchange-audit.js';
import type { McpAudit } from '../audit/mcp-audit.js';
import type { CatalogEntry } from '../catalog/catalog-entry.js';
import { type McpExchange, toAuthInfo } from '../invocation/mcp-exchange.js';
import { SealedReply } from '../invocation/sealed-reply.js';
import { MessageRefusedError } from '../protocol/json-rpc-error.js';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import { type McpReading, readMessages } from '../protocol/read-messages.js';
import { CatalogServer, type ServerParts } from '../server/catalog-server.js';
import { observedCaller, type McpTelemetry } from '../telemetry/mcp-telemetry.js';

/** The server of one stdio connection: all messages have the same principal, or none. */
export class StdioServer extends CatalogServer {
  protected override readonly transportKind = 'stdio';

  constructor(
    parts: ServerParts,
    private readonly principal: Principal | undefined,
    private readonly scope: CallScope,
    private readonly telemetry: McpTelemetry,
    era: CatalogServer['era'],
  ) {
    super(parts, era);
  }

  /** Gives each message an exchange and a scope, as an HTTP request has. */
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
      const observer = this.telemetry.open(reading);
      if (principal) observer?.calledBy(observedCaller(principal));
      const { exchange, recorder } = createStdioExchange(reading, principal, this.parts);
      this.scope.run(exchange.request, principal, () => {
        recorder?.requested();
        onmessage(message, { ...extra, authInfo: toAuthInfo({ ...exchange, observer }) });
      });
      // Requests are taken by now, and are reported by the transport.
      observer?.ended();
    };
  }

  /** Over stdio a caller cannot sign in: the refusal says what to do instead. */
  override async authorize(
    entry: CatalogEntry,
    sdkContext: ServerContext,
    uri?: string,
  ): ReturnType<CatalogServer['authorize']> {
    const { refusal } = await this.accessOf(sdkContext).decide(entry.access);
    if (refusal?.reason === 'unauthenticated') {
      throw new AccessRefusedError(this.principal ? EXPIRED : ANONYMOUS);
    }
    return super.authorize(entry, sdkContext, uri);
  }
}

/** The answer to a message that is over a limit. */
export function answerOf({ body }: MessageRefusedError): JSONRPCMessage {
  // Only requests with a valid id are answered.
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

/** The exchange of a stdio message, with an empty HTTP request for guards and decorators. */
function createStdioExchange(
  reading: McpReading,
  principal: Principal | undefined,
  { control, audit }: { readonly control: AccessControl; readonly audit: McpAudit },
): { readonly exchange: McpExchange; readonly recorder: ExchangeAudit | undefined } {
  const request = { method: 'POST', url: '/', headers: {} };
  const access = new RequestAccess(control, principal, request);
  const signIn = 'call';
  const recorder = audit.open({ request, reading, access, signIn, transport: 'stdio' });
  const reply = new SealedReply({ reply: SENT_REPLY }).view;
  const exchange = { request, reply, reading, principal, access, signIn, audit: recorder } as const;
  return { exchange, recorder };
}

/** A reply that claims to be sent, so that headers which are set on it are dropped. */
const SENT_REPLY = { headersSent: true, getHeader: () => undefined } as const;
