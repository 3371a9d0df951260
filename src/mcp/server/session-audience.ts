import type { ServerEvent } from '@modelcontextprotocol/server';
import type { AccessControl } from '../../access/access-control.js';
import { RequestAccess } from '../../access/request-access.js';
import type { Principal } from '../../request/principal.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { McpCatalog } from '../catalog/mcp-catalog.js';
import type { AddressedEvent } from './addressed-event.js';
import { cursorOfChange, idOfChange } from './backplane-event-bus.js';
import type { Deliveries } from './deliveries.js';
import { EventListeners } from './event-listeners.js';
import type { SessionDirectory } from './session-directory.js';
import { mayReceive, notificationOf, sendWhenAllowed, wantsEvent } from './session-events.js';
import type { ServiceEvent } from './transport-session.js';
import type { SessionServer } from './session-server.js';

/** The parts of a {@link SessionAudience}. */
interface AudienceParts {
  readonly catalog: McpCatalog;
  readonly control: AccessControl;
  readonly sessions: SessionDirectory;
  readonly deliveries: Deliveries;
  /** The latest changes of all nodes; `undefined` where each session stores its own. */
  readonly history: EventHistory | undefined;
}

/** The latest changes of all nodes. */
export interface EventHistory {
  /** Those after a cursor; `undefined` if they are not all known. */
  since(cursor: string): readonly AddressedEvent[] | undefined;
}

/** Tells the clients of sessions of changes. */
export class SessionAudience {
  /** The sessions that listen, by what they listen to. */
  readonly listeners = new EventListeners();
  private decidedEvent: ServerEvent | undefined;
  /** The decisions on that event: sessions of one principal have the same. */
  private decisions = new Map<Principal | undefined, MaybePromise<boolean>>();

  constructor(private readonly parts: AudienceParts) {}

  /** Sends an event to a client that may receive it. A failing session does not affect the others. */
  deliver(event: AddressedEvent, server: SessionServer): void {
    const session = this.parts.sessions.peek(server.id);
    if (session?.server !== server || !wantsEvent(event, server)) return;
    const id = this.parts.history && idOfChange(event);
    const delivery = sendWhenAllowed(event, server.undecided, {
      mayReceive: () => this.decide(event, session.principal),
      send: () => server.notify(notificationOf(event), id),
    });
    this.parts.deliveries.track(delivery);
  }

  /**
   * Delivers updates that came before this node knew that the client subscribed to them. An update of the same
   * millisecond as the cursor counts as later: two topics have no order within it.
   */
  deliverSince(cursor: string, uris: ReadonlySet<string>, server: SessionServer): void {
    if (uris.size === 0) return;
    const { history } = this.parts;
    const changes = history?.since(startOfTime(cursor)) ?? history?.since(cursor) ?? [];
    for (const event of changes) {
      if (event.kind === 'resource_updated' && uris.has(event.uri)) this.deliver(event, server);
    }
  }

  /** The changes after an event of a stream that its client may receive now. */
  changesAfter(
    eventId: string,
    server: SessionServer,
  ): Promise<readonly ServiceEvent[]> | undefined {
    const { history, sessions } = this.parts;
    const cursor = cursorOfChange(eventId);
    const changes = cursor === undefined ? undefined : history?.since(cursor);
    const session = changes && sessions.peek(server.id);
    if (!changes || !session) return undefined;
    return this.allowed(
      changes.filter((event) => wantsEvent(event, server)),
      session.principal,
    );
  }

  private async allowed(
    changes: readonly AddressedEvent[],
    principal: Principal | undefined,
  ): Promise<readonly ServiceEvent[]> {
    const { catalog, control } = this.parts;
    // One access for all of them: the rules of the same resource are decided once.
    const access = RequestAccess.withoutRequest(control, principal);
    const events: ServiceEvent[] = [];
    for (const event of changes) {
      if (!(await mayReceive(event, catalog, access))) continue;
      events.push({
        id: idOfChange(event),
        message: { jsonrpc: '2.0', ...notificationOf(event) },
      });
    }
    return events;
  }

  private decide(event: AddressedEvent, principal: Principal | undefined): MaybePromise<boolean> {
    if (this.decidedEvent !== event) {
      this.decidedEvent = event;
      this.decisions = new Map();
    }
    const known = this.decisions.get(principal);
    if (known !== undefined) return known;
    const { catalog, control } = this.parts;
    const access = RequestAccess.withoutRequest(control, principal);
    const decision = mayReceive(event, catalog, access);
    this.decisions.set(principal, decision);
    return decision;
  }
}

/** The cursor before all of the same millisecond, but for the first one of the millisecond before. */
function startOfTime(cursor: string): string {
  return `${Number(cursor.split('-')[0]) - 1}-0`;
}
