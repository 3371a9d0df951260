import type { ServerEvent } from '@modelcontextprotocol/server';
import type { Principal } from '../../access/principal.js';

/** Who is told of a change: callers for whom everything holds that is given. */
export interface McpAudience {
  /** Id of the organization that the credential acts in. */
  readonly organizationId?: string;
  /** Whom the credential speaks for (`sub`). */
  readonly subject?: string;
}

/** An event as it travels over the bus: plain data, so that a bus of several nodes keeps it. */
export type AddressedEvent = ServerEvent & { readonly audience?: McpAudience };

/** Whether a caller belongs to the audience of an event. */
export function isMeantFor(event: AddressedEvent, principal: Principal | undefined): boolean {
  const { audience } = event;
  if (!audience) return true;
  const { organizationId, subject } = audience;
  return (
    (organizationId === undefined || organizationId === principal?.organization?.id) &&
    (subject === undefined || subject === principal?.subject)
  );
}
