import type { Principal } from '../../src/request/principal.js';
import { revokes, type Revocation, Revocations } from '../../src/access/revocation.js';

/** Stands for an authentication module that revokes what a test says. */
export class AnnouncedRevocations extends Revocations {
  readonly listeners = new Set<(revocation: Revocation) => void>();
  private inForce: Revocation[] = [];

  revoke(revocation: Revocation): void {
    this.inForce.push(revocation);
    for (const listener of this.listeners) listener(revocation);
  }

  /** Whoever signs in from now on is good again. */
  forgive(): void {
    this.inForce = [];
  }

  override subscribe(listener: (revocation: Revocation) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  override isRevoked(principal: Principal): boolean {
    return this.inForce.some((revocation) => revokes(revocation, principal));
  }
}

export const REVOCATIONS = { provide: Revocations, useClass: AnnouncedRevocations };
