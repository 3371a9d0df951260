import type { Revocation } from '../../access/revocation.js';

/**
 * Carries revocations to every node of a service: a webhook reaches one of them. The default stays
 * in this process; provide another implementation to span several.
 */
export abstract class RevocationBus {
  /** Hands a revocation, which is plain JSON, to all subscribers on all nodes, this one included. */
  abstract publish(revocation: Revocation): void | Promise<void>;
  /** @returns a function that ends the subscription */
  abstract subscribe(listener: (revocation: Revocation) => void): () => void;
}

/** Revocations of one process. */
export class InProcessRevocationBus extends RevocationBus {
  private readonly listeners = new Set<(revocation: Revocation) => void>();

  override publish(revocation: Revocation): void {
    for (const listener of this.listeners) listener(revocation);
  }

  override subscribe(listener: (revocation: Revocation) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
