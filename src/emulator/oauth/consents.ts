import { BoundedStore } from '../instance/bounded-store.js';

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
