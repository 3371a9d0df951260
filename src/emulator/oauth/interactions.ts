import { timingSafeEqual } from 'node:crypto';
import { BoundedStore } from '../instance/bounded-store.js';
import { randomToken } from '../instance/clerk-id.js';
import type { AuthorizationRequest } from './authorization-request.js';

/** An authorization request that waits for sign-in or consent. */
export interface Interaction {
  readonly id: string;
  /** Sent in each form of the interaction, never in a URL. */
  readonly csrfToken: string;
  /** Key of the browser that the interaction belongs to. */
  readonly browserKey: string;
  readonly request: AuthorizationRequest;
  /** Whether the user signed in during this interaction, as `prompt=login` and `prompt=select_account` require. */
  readonly hasSignedIn: boolean;
}

/** The interactions that have not ended. */
export class Interactions extends BoundedStore<Interaction> {
  start(browserKey: string, request: AuthorizationRequest): Interaction {
    const interaction: Interaction = {
      id: randomToken(24),
      csrfToken: randomToken(32),
      browserKey,
      request,
      hasSignedIn: false,
    };
    this.set(interaction.id, interaction);
    return interaction;
  }

  /** The interaction, if it belongs to this browser. */
  find(id: string, browserKey: string): Interaction | undefined {
    const interaction = this.get(id);
    return interaction?.browserKey === browserKey ? interaction : undefined;
  }

  /** Records the sign-in, and moves all interactions of the browser to its new cookie. */
  completeSignIn(interaction: Interaction, browserKey: string): Interaction {
    for (const other of this.values()) {
      if (other.browserKey !== interaction.browserKey) continue;
      this.set(other.id, { ...other, browserKey });
    }
    const next: Interaction = { ...interaction, browserKey, hasSignedIn: true };
    this.set(next.id, next);
    return next;
  }

  finish(interaction: Interaction): void {
    this.delete(interaction.id);
  }
}

export function hasCsrfToken(interaction: Interaction, presented: string): boolean {
  const expected = Buffer.from(interaction.csrfToken);
  const actual = Buffer.from(presented);
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** A consent that a user gave to an application and that need not be asked for again. */
interface Consent {
  readonly scopes: readonly string[];
  readonly organizationId: string | null;
}

/** Remembered consents. Applications that registered dynamically have none. */
export class Consents extends BoundedStore<Consent> {
  remember(userId: string, clientId: string, consent: Consent): void {
    this.set(consentKey(userId, clientId), consent);
  }

  /** The consent, if it contains all of these scopes. */
  find(userId: string, clientId: string, scopes: readonly string[]): Consent | undefined {
    const consent = this.get(consentKey(userId, clientId));
    return consent && scopes.every((scope) => consent.scopes.includes(scope)) ? consent : undefined;
  }
}

function consentKey(userId: string, clientId: string): string {
  return JSON.stringify([userId, clientId]);
}
