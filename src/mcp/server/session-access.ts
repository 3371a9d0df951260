import type { Principal } from '../../request/principal.js';
import type { MaybePromise } from '../../request/value-or-promise.js';
import type { EndpointSessions } from './endpoint-sessions.js';

/** What a request needs of the session that it names, before it is served. */
export class SessionAccess {
  constructor(private readonly endpoint: Pick<EndpointSessions, 'sessions' | 'shared'>) {}

  /**
   * Makes this node know a session of the service. Whether the caller owns it is decided later.
   *
   * @throws {SessionsUnavailableError}
   */
  prepare(sessionId: string): MaybePromise<void> {
    return this.endpoint.shared?.prepare(sessionId);
  }

  /**
   * Gives an anonymous session to the caller who has signed in, where nodes share it.
   *
   * @throws {SessionsUnavailableError}
   */
  takeOver(sessionId: string, principal: Principal | undefined): MaybePromise<void> {
    const { sessions, shared } = this.endpoint;
    const session = shared && principal && sessions.peek(sessionId);
    if (!session || !sessions.mayTakeOver(session.owner, session.challengedAt)) return;
    return shared.takeOver(session, principal);
  }

  /** Records that the caller of this session was asked to sign in. */
  markChallenged(sessionId: string): MaybePromise<void> {
    const { sessions, shared } = this.endpoint;
    sessions.markChallenged(sessionId);
    const session = shared && sessions.peek(sessionId);
    if (session?.challengedAt !== undefined) return shared?.challenged(session);
  }

  /** Name of the client of an anonymous session, as it called itself. */
  clientNameOf(sessionId: string): string | undefined {
    const session = this.endpoint.sessions.find(sessionId, undefined);
    return session?.server.getClientVersion().name;
  }
}
