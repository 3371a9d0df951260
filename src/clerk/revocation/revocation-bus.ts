import { ContainedSeam } from '../../backplane/contained-seam.js';
import type { Revocation } from '../../access/revocation.js';

/**
 * Carries revocations to every node of a service: a webhook reaches one of them. The default stays
 * in this process; provide another implementation to span several.
 */
export abstract class RevocationBus {
  /**
   * Hands a revocation, which is plain JSON, to all subscribers on all nodes; it is in force on this one
   * already. What it throws, or does not do in `limits.seamTimeout`, fails `revoke()`.
   */
  abstract publish(revocation: Revocation): void | Promise<void>;
  /** @returns a function that ends the subscription */
  abstract subscribe(listener: (revocation: Revocation) => void): () => void;
}

/** Revocations of one process. */
export class InProcessRevocationBus extends RevocationBus {
  private readonly listeners = new Set<(revocation: Revocation) => void>();
  private readonly seam = new ContainedSeam({
    name: 'A subscriber of RevocationBus',
    consequence: 'The other subscribers have been told.',
  });

  override publish(revocation: Revocation): void {
    for (const listener of this.listeners) {
      void this.seam.callOr(
        () => listener(revocation),
        () => undefined,
      );
    }
  }

  override subscribe(listener: (revocation: Revocation) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
