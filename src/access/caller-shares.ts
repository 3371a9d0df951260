import { subjectKey, type Principal } from '../request/principal.js';

/**
 * Counts how many a caller has open. Each subject has one share, whichever clients it uses, because
 * anyone can register another client. All anonymous callers have one share together; a single address may
 * take a quarter of it.
 */
export class CallerShares {
  private readonly counts = new Map<string, number>();

  constructor(private readonly caps: { readonly person: number; readonly anonymous: number }) {}

  /** The shares of this caller that are exhausted. */
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

  /** How many a share has. */
  capOf(share: string): number {
    const { person, anonymous } = this.caps;
    if (share === ANONYMOUS) return anonymous;
    return share.startsWith(ADDRESS) ? Math.ceil(anonymous / 4) : person;
  }
}

/** The caller that takes part of a limited number of streams, sessions or tasks. */
export interface Sharer {
  readonly principal: Principal | undefined;
  /** Key of the subject, where it is known without a principal. */
  readonly subject?: string | undefined;
  /** The address of an anonymous caller, if it can be trusted. */
  readonly address?: string | undefined;
}

/** The shares that a caller counts in. */
export function sharesOf({ principal, subject, address }: Sharer): readonly string[] {
  if (principal) return [subjectKey(principal)];
  if (subject !== undefined) return [subject];
  return address === undefined ? [ANONYMOUS] : [ANONYMOUS, `${ADDRESS}${address}`];
}

/** Neither can be the key of a subject, which is JSON. */
const ANONYMOUS = 'anonymous';
const ADDRESS = 'address ';
