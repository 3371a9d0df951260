import { EmulatorUnknownResourceError } from '../emulator.errors.js';
import { BoundedStore, type ChangeSink } from './bounded-store.js';
import { clerkId } from './clerk-id.js';
import type { Organizations } from './organizations.js';
import type { Users } from './users.js';

/** Status of a sign-in session. The user of a `pending` one still has to finish a task. */
export type SessionStatus = 'active' | 'pending' | 'revoked' | 'ended' | 'expired' | 'removed';

/** A sign-in session. Times are in milliseconds since the epoch. */
export interface Session {
  readonly id: string;
  readonly clientId: string;
  readonly userId: string;
  readonly status: SessionStatus;
  readonly organizationId: string | null;
  readonly actor: Readonly<Record<string, unknown>> | null;
  readonly expireAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Input of {@link Sessions.create}. */
export interface SessionInput {
  /** Id or e-mail address. */
  readonly user: string;
  /** Id or slug of the active organization. Default: none. */
  readonly organization?: string | undefined;
  /** Default `active`. */
  readonly status?: SessionStatus;
  /** The impersonator (`act`), such as `{ sub: 'user_…' }`. Default: none. */
  readonly actor?: Readonly<Record<string, unknown>>;
  /** In seconds. Default: that of the instance. */
  readonly lifetime?: number;
}

/** A change of a session. A pending one is `created` when its user has finished the task. */
export interface SessionChange {
  readonly type:
    'session.created' | 'session.pending' | 'session.ended' | 'session.removed' | 'session.revoked';
  readonly session: Session;
}

/** The sign-in sessions of the instance. */
export class Sessions {
  readonly #sessions: BoundedStore<Session>;

  /** @param lifetime of a session, in seconds */
  constructor(
    max: number,
    private readonly now: () => number,
    private readonly lifetime: number,
    private readonly users: Users,
    private readonly organizations: Organizations,
    private readonly changed: ChangeSink<SessionChange>,
  ) {
    this.#sessions = new BoundedStore(max, now);
  }

  create(input: SessionInput): Session {
    const now = this.now();
    const session: Session = {
      id: clerkId('sess'),
      clientId: clerkId('client'),
      userId: this.users.get(input.user).id,
      status: input.status ?? 'active',
      organizationId:
        input.organization === undefined ? null : this.organizations.get(input.organization).id,
      actor: input.actor ?? null,
      expireAt: now + (input.lifetime ?? this.lifetime) * 1000,
      createdAt: now,
      updatedAt: now,
    };
    this.#sessions.set(session.id, session);
    const type = session.status === 'pending' ? 'session.pending' : 'session.created';
    this.changed({ type, session });
    return session;
  }

  find(id: string): Session | undefined {
    const session = this.#sessions.get(id);
    if (session?.status === 'active' && session.expireAt <= this.now()) {
      return { ...session, status: 'expired' };
    }
    return session;
  }

  /** @throws EmulatorUnknownResourceError */
  get(id: string): Session {
    const session = this.find(id);
    if (!session) throw new EmulatorUnknownResourceError('session', id);
    return session;
  }

  /** Oldest first. */
  list(): Session[] {
    return this.#sessions.values().map(({ id }) => this.get(id));
  }

  /** @throws EmulatorUnknownResourceError */
  setStatus(id: string, status: SessionStatus): Session {
    const previous = this.get(id).status;
    const session: Session = { ...this.get(id), status, updatedAt: this.now() };
    this.#sessions.set(id, session);
    if (status === 'pending' && previous !== 'pending') {
      this.changed({ type: 'session.pending', session });
    }
    if (status === 'active' && previous === 'pending') {
      this.changed({ type: 'session.created', session });
    }
    if (status === 'ended' || status === 'removed' || status === 'revoked') {
      this.changed({ type: `session.${status}`, session });
    }
    return session;
  }

  /** Revokes every session of a user that has not ended. */
  revokeOfUser(userId: string): void {
    for (const { id, status } of this.list().filter((one) => one.userId === userId)) {
      if (status === 'active' || status === 'pending') this.revoke(id);
    }
  }

  /** @throws EmulatorUnknownResourceError */
  revoke(id: string): Session {
    return this.setStatus(id, 'revoked');
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { sessions: this.#sessions };
  }

  clear(): void {
    this.#sessions.clear();
  }
}
