import { BoundedStore, CredentialStore } from './bounded-store.js';
import { clerkId, randomToken } from './clerk-id.js';

/** A sign-in token, or an actor token when it has an actor. Times are in milliseconds. */
export interface SignInTicket {
  readonly id: string;
  readonly userId: string;
  readonly status: 'pending' | 'accepted' | 'revoked';
  /** The impersonator; `null` for a sign-in token. */
  readonly actor: Readonly<Record<string, unknown>> | null;
  /** The organization that the session starts in. */
  readonly organizationId: string | null;
  /** Of the session, in seconds; `null`: as of any other session. */
  readonly sessionLifetime: number | null;
  readonly expiresAt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Input of {@link SignInTickets.create}. */
export interface SignInTicketInput {
  readonly userId: string;
  readonly actor?: SignInTicket['actor'];
  readonly organizationId?: string | null;
  readonly sessionLifetime?: number | null;
  readonly expiresInSeconds: number;
}

/** The sign-in tokens and actor tokens of the instance. */
export class SignInTickets {
  readonly #tickets: BoundedStore<SignInTicket>;
  readonly #idByToken: CredentialStore<string>;

  constructor(
    max: number,
    private readonly now: () => number,
  ) {
    this.#tickets = new BoundedStore(max, now);
    this.#idByToken = new CredentialStore(max, now);
  }

  /** Only this method returns the token. */
  create({
    expiresInSeconds,
    ...input
  }: SignInTicketInput): SignInTicket & { readonly token: string } {
    const now = this.now();
    const ticket: SignInTicket = {
      actor: null,
      organizationId: null,
      sessionLifetime: null,
      ...input,
      id: clerkId(input.actor ? 'act' : 'sit'),
      status: 'pending',
      expiresAt: now + expiresInSeconds * 1_000,
      createdAt: now,
      updatedAt: now,
    };
    const token = randomToken(40);
    this.#tickets.set(ticket.id, ticket);
    this.#idByToken.set(token, ticket.id);
    return { ...ticket, token };
  }

  find(id: string): SignInTicket | undefined {
    return this.#tickets.get(id);
  }

  /** The ticket of a token that can still be used. */
  findUsable(token: string): SignInTicket | undefined {
    const ticket = this.#tickets.get(this.#idByToken.get(token) ?? '');
    return ticket?.status === 'pending' && ticket.expiresAt > this.now() ? ticket : undefined;
  }

  setStatus(known: SignInTicket, status: 'accepted' | 'revoked'): SignInTicket {
    const ticket: SignInTicket = { ...known, status, updatedAt: this.now() };
    this.#tickets.set(known.id, ticket);
    return ticket;
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { tickets: this.#tickets, idByToken: this.#idByToken };
  }

  clear(): void {
    this.#tickets.clear();
    this.#idByToken.clear();
  }
}
