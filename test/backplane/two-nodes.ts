import type { Backplane } from '../../src/backplane/backplane.js';

/** Two nodes of one service; for a service of one process, the same one twice. */
export interface TwoNodes {
  readonly one: Backplane;
  readonly other: Backplane;
  close(): Promise<void>;
}

let names = 0;
/** A name that no other test uses. */
export const fresh = (name = 'name'): string => `${name} ${(names += 1)}`;
