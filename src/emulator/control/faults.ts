import type { EndpointGroup } from './endpoint-groups.js';

/** A fault that any group of endpoints can have. */
export type TransportFault =
  /** Answers with an error status; `retryAfter` in seconds becomes `Retry-After`. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  /** Never answers; the connection ends when the stand-in closes. */
  | { readonly kind: 'hang' }
  /** Answers after a while. */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** Resets the connection. */
  | { readonly kind: 'reset' }
  /** Adds a charset to the content type, which makes `@clerk/backend` read JSON as text. */
  | { readonly kind: 'charset' }
  /** Answers as if the secret key were wrong (Backend API only). */
  | { readonly kind: 'wrong_secret' };

/** A fault of token verification: 200 with a body that says no, or says nothing. */
export interface VerdictFault {
  readonly kind: 'inactive' | 'revoked' | 'expired' | 'empty_body';
}

/** A fault of the token endpoint: access tokens without `aud`, whatever was granted. */
export interface TokenFault {
  readonly kind: 'no_audience';
}

/** The faults that a group can have. */
export type FaultOf<Group extends EndpointGroup | 'all'> =
  | TransportFault
  | (Group extends 'verify' ? VerdictFault : never)
  | (Group extends 'token' ? TokenFault : never);

/** Any fault. */
export type Fault = TransportFault | VerdictFault | TokenFault;

/** Switches that make the stand-in misbehave. */
export class Faults {
  readonly #active = new Map<EndpointGroup | 'all', { fault: Fault; left: number }>();

  /**
   * Makes a group misbehave, in place of the fault that it had.
   *
   * @param times how many requests it concerns. Default: all, until {@link clear}
   */
  set<Group extends EndpointGroup | 'all'>(
    group: Group,
    fault: FaultOf<Group>,
    times = Infinity,
  ): void {
    this.#active.set(group, { fault, left: times });
  }

  /** @param group default: every group */
  clear(group?: EndpointGroup | 'all'): void {
    if (group === undefined) this.#active.clear();
    else this.#active.delete(group);
  }

  /** What is switched on, by group. */
  active(): Readonly<Partial<Record<EndpointGroup | 'all', Fault>>> {
    return Object.fromEntries([...this.#active].map(([group, { fault }]) => [group, fault]));
  }

  /** The fault of the next request to a group. Uses up one of its `times`. */
  take(group: EndpointGroup): Fault | undefined {
    const key = this.#active.has(group) ? group : 'all';
    const entry = this.#active.get(key);
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#active.delete(key);
    return entry.fault;
  }
}
