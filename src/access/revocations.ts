import type { Principal } from './principal.js';
import type { Revocation } from './revocation.js';

/**
 * Tells when access ends before its time. The authentication module provides it; whoever holds
 * something open for a principal listens, and closes it.
 */
export abstract class Revocations {
  /**
   * @param listener hears of each revocation when no new request gets past it any more
   * @returns a function that ends the subscription
   */
  abstract subscribe(listener: (revocation: Revocation) => void): () => void;

  /** Whether a revocation that is in force concerns this principal. */
  abstract covers(principal: Principal): boolean;
}
