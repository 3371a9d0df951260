import { subjectKey, type Principal } from '../request/principal.js';

/** Who opens something that there is a limited number of. */
export interface Sharer {
  readonly principal: Principal | undefined;
  /** The address of an anonymous caller, where it can be trusted. */
  readonly address?: string | undefined;
}

/**
 * How much callers have of what they share. A person has one share, through whatever clients, since
 * anybody may register another one. Anonymous callers have one together, of which a single address may
 * take a quarter.
 */
export class CallerShares {
  private readonly counts = new Map<string, number>();

  constructor(private readonly caps: { readonly person: number; readonly anonymous: number }) {}

  /** The shares of this caller that are used up. */
  exhausted(sharer: Sharer): readonly string[] {
    return sharesOf(sharer).filter((share) => (this.counts.get(share) ?? 0) >= this.capOf(share));
  }

  take(sharer: Sharer): void {
    for (const share of sharesOf(sharer)) this.counts.set(share, (this.counts.get(share) ?? 0) + 1);
  }

  release(sharer: Sharer): void {
    for (const share of sharesOf(sharer)) {
      const count = (this.counts.get(share) ?? 0) - 1;
      if (count > 0) this.counts.set(share, count);
      else this.counts.delete(share);
    }
  }

  clear(): void {
    this.counts.clear();
  }

  private capOf(share: string): number {
    const { person, anonymous } = this.caps;
    if (share === ANONYMOUS) return anonymous;
    return share.startsWith(ADDRESS) ? Math.ceil(anonymous / 4) : person;
  }
}

/** The shares that something counts in. */
export function sharesOf({ principal, address }: Sharer): readonly string[] {
  if (principal) return [subjectKey(principal)];
  return address === undefined ? [ANONYMOUS] : [ANONYMOUS, `${ADDRESS}${address}`];
}

/** Neither is JSON, as the key of a person is. */
const ANONYMOUS = 'anonymous';
const ADDRESS = 'address ';
