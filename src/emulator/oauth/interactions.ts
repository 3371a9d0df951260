import { timingSafeEqual } from 'node:crypto';
import { BoundedStore } from '../instance/bounded-store.js';
import { randomToken } from '../instance/clerk-id.js';
import type { AuthorizationRequest } from './authorization-request.js';

/** An authorization request on its way through sign-in and consent. */
export interface Interaction {
  readonly id: string;
  /** In each form of the interaction; never in a URL. */
  readonly csrfToken: string;
  /** The browser that it belongs to. */
  readonly browserKey: string;
  readonly request: AuthorizationRequest;
  /** Whether the person signed in during this interaction: what `prompt=login` asks for. */
  readonly hasSignedIn: boolean;
}

/** The interactions that are under way. */
export class Interactions {
  readonly #interactions: BoundedStore<Interaction>;

  /** @param lifetime in seconds */
  constructor(
    max: number,
    now: () => number,
    private readonly lifetime: number,
  ) {
    this.#interactions = new BoundedStore(max, now);
  }

  start(browserKey: string, request: AuthorizationRequest): Interaction {
    const interaction: Interaction = {
      id: randomToken(24),
      csrfToken: randomToken(32),
      browserKey,
      request,
      hasSignedIn: false,
    };
    this.#interactions.set(interaction.id, interaction, this.lifetime);
    return interaction;
  }

  /** The interaction, if this browser started it. */
  find(id: string, browserKey: string): Interaction | undefined {
    const interaction = this.#interactions.get(id);
    return interaction?.browserKey === browserKey ? interaction : undefined;
  }

  /** The person signed in: all interactions of the browser follow it to its renewed cookie. */
  signedIn(interaction: Interaction, browserKey: string): Interaction {
    for (const other of this.#interactions.values()) {
      if (other.browserKey !== interaction.browserKey) continue;
      this.#interactions.set(other.id, { ...other, browserKey }, this.lifetime);
    }
    const next: Interaction = { ...interaction, browserKey, hasSignedIn: true };
    this.#interactions.set(next.id, next, this.lifetime);
    return next;
  }

  finish(interaction: Interaction): void {
    this.#interactions.delete(interaction.id);
  }

  get size(): number {
    return this.#interactions.size;
  }

  clear(): void {
    this.#interactions.clear();
  }
}

export function hasCsrfToken(interaction: Interaction, presented: string): boolean {
  const expected = Buffer.from(interaction.csrfToken);
  const actual = Buffer.from(presented);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** What a user agreed to, once and for all, for one application. */
export interface Consent {
  readonly scopes: readonly string[];
  readonly organizationId: string | null;
}

/** Remembered consents. Applications that registered themselves never get one. */
export class Consents {
  readonly #consents: BoundedStore<Consent>;

  constructor(max: number, now: () => number) {
    this.#consents = new BoundedStore(max, now);
  }

  remember(userId: string, clientId: string, consent: Consent): void {
    this.#consents.set(key(userId, clientId), consent);
  }

  /** The consent, if it covers all of these scopes. */
  covering(userId: string, clientId: string, scopes: readonly string[]): Consent | undefined {
    const consent = this.#consents.get(key(userId, clientId));
    return consent && scopes.every((scope) => consent.scopes.includes(scope)) ? consent : undefined;
  }

  clear(): void {
    this.#consents.clear();
  }
}

function key(userId: string, clientId: string): string {
  return JSON.stringify([userId, clientId]);
}
