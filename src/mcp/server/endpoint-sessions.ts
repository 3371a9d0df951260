import type { AccessControl } from '../../access/access-control.js';
import type { RevocationRegistry } from '../../access/revocation-registry.js';
import type { Backplane } from '../../backplane/backplane.js';
import { idOfNode } from '../../backplane/node-id.js';
import type { CatalogServer, ServerParts } from './catalog-server.js';
import { ContainedEventStores } from './contained-event-stores.js';
import type { Deliveries } from './deliveries.js';
import type { McpEventStores } from './event-stores.js';
import { Greeting } from './greeting.js';
import { LegacySessions } from './legacy-sessions.js';
import { SessionAudience, type EventHistory } from './session-audience.js';
import { SessionDirectory } from './session-directory.js';
import type { SessionParts } from './session-server.js';
import { SharedSessions } from './shared-sessions.js';

/** What the sessions of an endpoint are created from. */
interface EndpointSessionParts {
  readonly parts: ServerParts;
  readonly control: AccessControl;
  readonly eventStores: McpEventStores;
  readonly revocations: RevocationRegistry;
  readonly deliveries: Deliveries;
  readonly backplane: Backplane;
  /** The latest changes of all nodes; `undefined` where each session stores its own. */
  readonly history: EventHistory | undefined;
  /** Creates a server of the SDK for clients before 2026-07-28. */
  readonly createServer: () => CatalogServer;
}

/** The sessions of one endpoint, and who serves them. */
export interface EndpointSessions {
  /** The sessions that this node knows. */
  readonly sessions: SessionDirectory;
  readonly greeting: Greeting;
  readonly audience: SessionAudience;
  readonly legacy: LegacySessions;
  /** The sessions of all nodes; `undefined` for a service of one process. */
  readonly shared: SharedSessions | undefined;
}

/** Creates the sessions of an endpoint, in this process or shared with other nodes. */
export function createEndpointSessions({
  parts,
  control,
  eventStores,
  revocations,
  deliveries,
  backplane,
  history,
  createServer,
}: EndpointSessionParts): EndpointSessions {
  const { options, memory, path } = parts;
  const { isShared, nodeId } = backplane;
  const now = () => backplane.now();
  const directory = {
    ...options.sessions,
    graceMs: options.revocationGraceMs,
    memory: memory.sessions,
    isShared,
  };
  const sessions = new SessionDirectory(directory, now);
  const { catalog } = parts;
  const audience = new SessionAudience({ catalog, control, sessions, deliveries, history });
  const greeting = new Greeting(parts, createServer);
  const shared: SharedSessions | undefined = isShared
    ? new SharedSessions({
        backplane,
        path,
        sessions,
        options: options.sessions,
        restore: (id, record) => legacy.restore(id, record),
      })
    : undefined;
  let questions = 0;
  const sessionParts: SessionParts = {
    greeting,
    listeners: audience.listeners,
    deliver: (event, server) => audience.deliver(event, server),
    deliverSince: (cursor, uris, server) => audience.deliverSince(cursor, uris, server),
    changesAfter: (eventId, server) => audience.changesAfter(eventId, server),
    peers: shared,
    nextQuestionId: () => {
      questions += 1;
      return idOfNode(nodeId, String(questions));
    },
    limits: options.limits,
    memory: memory.sessions,
    instrumentation: parts.instrumentation,
  };
  const legacy: LegacySessions = new LegacySessions(
    options.legacy === 'stateless' ? undefined : sessions,
    sessionParts,
    new ContainedEventStores(eventStores, options.seamTimeoutMs),
    revocations,
    { nodeId, shared },
  );
  return { sessions, greeting, audience, legacy, shared };
}
