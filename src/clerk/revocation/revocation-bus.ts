import { ContainedSeam } from '../../backplane/contained-seam.js';
import type { Revocation } from '../../access/revocation.js';

/**
 * Publishes revocations to all nodes of a service, because a webhook reaches only one of them. The default
 * implementation covers one process, or all nodes of a service with `RedisModule`.
 */
export abstract class RevocationBus {
  /**
   * Sends a revocation, which is plain JSON, to all subscribers on all nodes. It is already in force on
   * this node. If this throws, or takes longer than `limits.seamTimeoutMs`, `revoke()` fails.
   *
   * @param until when it ends, in milliseconds since the epoch
   */
  abstract publish(revocation: Revocation, until: number): void | Promise<void>;
  /**
   * @param listener is called with each revocation and the time when it ends. Default: `limits.denyTtlMs`
   *   from now
   * @returns a function that ends the subscription
   */
  abstract subscribe(listener: RevocationListener): () => void;
  /**
   * Calls the subscribers with the revocations that other nodes have in force. Called before this node
   * listens, and again until it succeeds: so long, callers are refused with the status 503. Default: there
   * are none.
   */
  load(): void | Promise<void> {}
}

/** Receives revocations. The end is in milliseconds since the epoch. */
export type RevocationListener = (revocation: Revocation, until?: number) => void;

/** Publishes revocations inside one process. */
export class InProcessRevocationBus extends RevocationBus {
  private readonly listeners = new Set<RevocationListener>();
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

  override subscribe(listener: RevocationListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
