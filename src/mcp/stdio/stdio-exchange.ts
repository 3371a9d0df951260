import type { AccessControl } from '../../access/access-control.js';
import { CallerAccess } from '../../access/caller-access.js';
import type { Principal } from '../../access/principal.js';
import type { McpAudit } from '../audit/mcp-audit.js';
import type { McpExchange } from '../invocation/mcp-exchange.js';
import type { McpReading } from '../protocol/read-messages.js';
import { SealedReply } from '../invocation/sealed-reply.js';

/** What stands for the HTTP exchange of a message over stdio, for guards and decorators that read one. */
export function createStdioExchange(
  reading: McpReading,
  principal: Principal | undefined,
  { control, audit }: { readonly control: AccessControl; readonly audit: McpAudit },
): McpExchange {
  const request = { method: 'POST', url: '/', headers: {} };
  const access = new CallerAccess(control, principal, request);
  return {
    request,
    reply: new SealedReply({ reply: NOWHERE }).view,
    principal,
    access,
    audit: audit.open({ request, reading, access, transport: 'stdio' }),
  };
}

/** A reply whose headers are gone already: whatever is set on it is dropped. */
const NOWHERE = { headersSent: true, getHeader: () => undefined } as const;
