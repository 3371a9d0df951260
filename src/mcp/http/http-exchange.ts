import type { CallerAccess } from '../../access/caller-access.js';
import type { Principal } from '../../access/principal.js';
import type { ExchangeAudit } from '../audit/exchange-audit.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import type { RunningCall } from '../invocation/running-call.js';
import { SealedReply } from '../invocation/sealed-reply.js';
import type { HttpReply } from './raw-http.js';

/** One HTTP exchange. The reply is sealed for the first who asks for it: most calls never do. */
export class HttpExchange implements McpExchange {
  running: RunningCall | undefined;
  private sealed: SealedReply | undefined;

  constructor(
    readonly request: object,
    private readonly open: HttpReply,
    readonly access: CallerAccess,
    readonly audit: ExchangeAudit | undefined,
  ) {}

  get principal(): Principal | undefined {
    return this.access.principal;
  }

  get reply(): object {
    this.sealed ??= new SealedReply({ reply: this.open });
    return this.sealed.view;
  }
}
