import { ContainedSeam } from '../../backplane/contained-seam.js';
import type { Revocation } from '../../access/revocation.js';

/**
 * Publishes revocations to all nodes of a service, because a webhook reaches only one of them. The default
 * implementation covers one process; provide another for several.
 */
export abstract class RevocationBus {
  /**
   * Sends a revocation, which is plain JSON, to all subscribers on all nodes. It is already in force on
   * this node. If this throws, or takes longer than `limits.seamTimeoutMs`, `revoke()` fails.
   */
  abstract publish(revocation: Revocation): void | Promise<void>;
  /** @returns a function that ends the subscription */
  abstract subscribe(listener: (revocation: Revocation) => void): () => void;
}

/** Publishes revocations inside one process. */
export class InProcessRevocationBus extends RevocationBus {
  private readonly listeners = new Set<(revocation: Revocation) => void>();
  private readonly seam = new ContainedSeam({
    name: 'A subscriber of RevocationBus',
    consequence: 'The other subscribers received the revocation.',
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
