import type { ServerEvent } from '@modelcontextprotocol/server';
import type { Principal } from '../../request/principal.js';

/** The receivers of a notification: callers that match every given field. */
export interface McpAudience {
  /** Id of the active organization of the credential. */
  readonly organizationId?: string;
  /** Subject of the credential (`sub`). */
  readonly subject?: string;
}

/** An event on the bus. Plain data, so that a bus between nodes can serialize it. */
export type AddressedEvent = ServerEvent & {
  /** Default: everybody who may use what has changed. Several, where changes were merged. */
  readonly audience?: McpAudience | readonly McpAudience[];
  /** Place in the history of all nodes; empty if it is not in there. Default: no history is kept. */
  readonly cursor?: string;
};

/** Names what has changed. */
export function eventKey(event: ServerEvent): string {
  return event.kind === 'resource_updated' ? `resource ${event.uri}` : event.kind;
}

/** Whether a caller belongs to the audience of an event. */
export function isInAudience(
  { audience }: AddressedEvent,
  principal: Principal | undefined,
): boolean {
  if (!audience) return true;
  return [audience]
    .flat()
    .some(
      ({ organizationId, subject }) =>
        (organizationId === undefined || organizationId === principal?.organization?.id) &&
        (subject === undefined || subject === principal?.subject),
    );
}
