import type { EndpointGroup } from './endpoint-groups.js';

/** A fault that any group of endpoints can have. */
export type TransportFault =
  /** Responds with an error status; `retryAfter`, in seconds, becomes `Retry-After`. */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  /** Never responds; the connection ends when the emulator closes. */
  | { readonly kind: 'hang' }
  /** Responds after a delay. */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** Resets the connection. */
  | { readonly kind: 'reset' }
  /** Adds a charset to the content type, which makes `@clerk/backend` read JSON as text. */
  | { readonly kind: 'charset' }
  /** Responds as if the secret key were wrong (Backend API only). */
  | { readonly kind: 'wrong_secret' };

/** A fault of token verification: status 200 and a body that reports an invalid token, or is empty. */
export interface VerdictFault {
  readonly kind: 'inactive' | 'revoked' | 'expired' | 'empty_body';
}

/** A fault of the token endpoint: access tokens have no `aud`, even when a resource was granted. */
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

/** A fault that is active from the start. */
export type SeededFault = Fault & {
  readonly group: EndpointGroup | 'all';
  /** Number of requests that it affects. Default: all. */
  readonly times?: number;
};

/** The active faults, by group of endpoints. */
export class Faults {
  readonly #active = new Map<EndpointGroup | 'all', { fault: Fault; left: number }>();

  /**
   * Activates a fault for a group, in place of its previous one.
   *
   * @param times number of requests that it affects. Default: all, until {@link clear}
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

  /** The active faults, by group. */
  active(): Readonly<Partial<Record<EndpointGroup | 'all', Fault>>> {
    return Object.fromEntries([...this.#active].map(([group, { fault }]) => [group, fault]));
  }

  /** The active faults, each with its group and the number of requests that it still affects. */
  list(): readonly SeededFault[] {
    return [...this.#active].map(([group, { fault, left }]) => ({
      group,
      ...fault,
      ...(Number.isFinite(left) && { times: left }),
    }));
  }

  /** The fault of the next request to a group; it then affects one request less. */
  take(group: EndpointGroup): Fault | undefined {
    const key = this.#active.has(group) ? group : 'all';
    const entry = this.#active.get(key);
    if (!entry) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#active.delete(key);
    return entry.fault;
  }
}
