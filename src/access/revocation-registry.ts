import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Principal } from '../request/principal.js';
import { revokes, Revocations } from './revocation.js';
import { resolveOptional } from '../request/resolve-optional.js';

/**
 * Streams, calls, sessions, tasks and connections register here, and are closed when the access of their
 * principal is revoked. Without an authentication module that provides {@link Revocations}, nothing is
 * closed.
 */
@Injectable()
export class RevocationRegistry implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Revocations');
  private readonly registrations = new Set<Registration>();
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
    try {
      this.unsubscribe();
    } catch {
      // On Nest 11 a hook that throws ends the shutdown before the hooks that come later.
      this.logger.warn('Revocations failed to end a subscription. The shutdown goes on.');
    }
  }

  /** Number of registrations. */
  get size(): number {
    return this.registrations.size;
  }

  /** Whether the access of this principal is revoked. */
  isRevoked(principal: Principal | undefined): boolean {
    return principal !== undefined && (this.revocations?.isRevoked(principal) ?? false);
  }

  /**
   * @param principal is called at each revocation, because the principal can change; `undefined` is
   *   never revoked
   * @param close is called once; in the next microtask if the access is already revoked
   * @returns a function that removes the registration
   */
  register(principal: () => Principal | undefined, close: () => void): () => void {
    if (!this.revocations) return NOTHING;
    const registration: Registration = { principal, close };
    this.registrations.add(registration);
    if (this.isRevoked(principal())) queueMicrotask(() => this.end(registration));
    return () => this.registrations.delete(registration);
  }

  private close(isAffected: (principal: Principal) => boolean): void {
    for (const registration of this.registrations) {
      const principal = registration.principal();
      if (principal && isAffected(principal)) this.end(registration);
    }
  }

  private end(registration: Registration): void {
    if (this.registrations.delete(registration)) registration.close();
  }
}

interface Registration {
  readonly principal: () => Principal | undefined;
  readonly close: () => void;
}

const NOTHING = (): void => undefined;
