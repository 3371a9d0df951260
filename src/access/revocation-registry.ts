import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Principal } from '../request/principal.js';
import { revokes, Revocations } from './revocation.js';
import { resolveOptional } from '../request/resolve-optional.js';

/**
 * What is open for whom: streams, calls, sessions, tasks and connections register here, and are
 * closed when the access of their principal is revoked. Without an authentication module that
 * revokes, nothing ever is.
 */
@Injectable()
export class RevocationRegistry implements OnModuleInit, OnModuleDestroy {
  private readonly held = new Set<Held>();
  private revocations: Revocations | undefined;
  private unsubscribe: () => void = () => undefined;

  constructor(private readonly moduleRef: ModuleRef) {}

  onModuleInit(): void {
    this.revocations = resolveOptional(this.moduleRef, Revocations);
    this.unsubscribe =
      this.revocations?.subscribe((revocation) =>
        this.close((principal) => revokes(revocation, principal)),
      ) ?? this.unsubscribe;
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /** How many things are open for somebody. */
  get size(): number {
    return this.held.size;
  }

  /** Whether the access of this principal is revoked. */
  isRevoked(principal: Principal | undefined): boolean {
    return principal !== undefined && (this.revocations?.isRevoked(principal) ?? false);
  }

  /**
   * @param principal read when a revocation comes, as it may change; nobody's access is not revoked
   * @param close called once, and soon if the access is revoked already
   * @returns a function to call when what was open is over
   */
  register(principal: () => Principal | undefined, close: () => void): () => void {
    if (!this.revocations) return NOTHING;
    const held: Held = { principal, close };
    this.held.add(held);
    if (this.isRevoked(principal())) queueMicrotask(() => this.end(held));
    return () => this.held.delete(held);
  }

  private close(isConcerned: (principal: Principal) => boolean): void {
    for (const held of this.held) {
      const principal = held.principal();
      if (principal && isConcerned(principal)) this.end(held);
    }
  }

  private end(held: Held): void {
    if (this.held.delete(held)) held.close();
  }
}

interface Held {
  readonly principal: () => Principal | undefined;
  readonly close: () => void;
}

const NOTHING = (): void => undefined;
