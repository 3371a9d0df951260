import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import type { Principal } from '../../request/principal.js';
import { Revocations, type Revocation, REVOCATION_TARGETS } from '../../access/revocation.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { ContainedVerdictCache } from '../tokens/verdict-cache.js';
import { ClerkDirectory } from '../api/clerk-directory.js';
import { DenyList } from '../tokens/deny-list.js';
import { RevocationBus } from './revocation-bus.js';
import { RevocationNotSharedError, InvalidRevocationError } from '../clerk.errors.js';
import { isJsonObject } from '../json-object.js';

/**
 * Ends access before its time: for Clerk's webhooks, and for the code of the application.
 *
 * @example
 * ```ts
 * // Signs a user out everywhere; what they sign in with afterwards is good again.
 * await this.revocations.revoke({ userId, before: Date.now() });
 * ```
 */
@Injectable()
export class ClerkRevocations extends Revocations implements OnModuleDestroy {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly listeners = new Set<(revocation: Revocation) => void>();
  private readonly unsubscribe: () => void;
  private readonly seam: ContainedSeam;
  /** As JSON: what comes back from the bus while it is being published is in force already. */
  private readonly publishing = new Set<string>();
  private warnedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly bus: RevocationBus,
    private readonly denied: DenyList,
    private readonly verdicts: ContainedVerdictCache,
    private readonly directory: ClerkDirectory,
    @Inject(CLERK_OPTIONS) { limits }: ResolvedClerkOptions,
  ) {
    super();
    this.seam = new ContainedSeam({
      name: 'RevocationBus',
      consequence: 'Revocations are in force on this node alone until it answers.',
      timeoutMs: limits.seamTimeoutMs,
    });
    this.unsubscribe = bus.subscribe((revocation) => this.receive(revocation));
  }

  /**
   * From when this resolves, no credential that the revocation concerns is let in, and what its
   * principals have open is being closed. On this node that is so before any other one is told.
   *
   * @throws {InvalidRevocationError} it names nobody
   * @throws {RevocationNotSharedError} it is in force on this node, and the others could not be told
   */
  async revoke(revocation: Revocation): Promise<void> {
    const checked = checkRevocation(revocation);
    this.apply(checked);
    const json = JSON.stringify(checked);
    this.publishing.add(json);
    try {
      await this.seam.call(() => this.bus.publish(checked));
    } catch {
      throw new RevocationNotSharedError();
    } finally {
      this.publishing.delete(json);
    }
  }

  override subscribe(listener: (revocation: Revocation) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  override isRevoked(principal: Principal): boolean {
    return this.denied.isRevoked(principal);
  }

  onModuleDestroy(): void {
    this.unsubscribe();
  }

  /** Another node may be of another version: what cannot be read is said, and hurts nobody. */
  private receive(message: Revocation): void {
    try {
      const revocation = checkRevocation(message);
      if (!this.publishing.has(JSON.stringify(revocation))) this.apply(revocation);
    } catch (error) {
      this.onfailure(error);
    }
  }

  private apply(revocation: Revocation): void {
    // First the gate: what is purged below must not come back.
    if (this.denied.add(revocation)) this.warnOfOverflow();
    this.directory.forget(revocation);
    void this.verdicts.purge(revocation);
    for (const listener of this.listeners) {
      try {
        listener(revocation);
      } catch (error) {
        this.onfailure(error);
      }
    }
  }

  private warnOfOverflow(): void {
    if (Date.now() - this.warnedAt < WARN_EVERY) return;
    this.warnedAt = Date.now();
    this.logger.warn(
      '[Clerk] There are more revocations than limits.maxRevocations: older ones, whose tokens may live on, are forgotten. Raise it.',
    );
  }

  private readonly onfailure = (error: unknown): void => {
    this.logger.error(
      '[Clerk] A revocation was not carried out in full',
      error instanceof Error ? error.stack : undefined,
    );
  };
}

const WARN_EVERY = 60_000;

/**
 * Checks a revocation that comes from code of the application, or from another node.
 *
 * @throws {InvalidRevocationError} it names nobody, or something that no credential has
 */
export function checkRevocation(revocation: unknown): Revocation {
  if (!isJsonObject(revocation)) throw new InvalidRevocationError('is not an object.');
  const { exceptRole, before } = revocation;
  for (const name of [...REVOCATION_TARGETS, 'exceptRole']) {
    const value = revocation[name];
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new InvalidRevocationError(
      `names a ${name} that is not a text. Pass the id, or leave it out.`,
    );
  }
  if (REVOCATION_TARGETS.every((name) => revocation[name] === undefined)) {
    throw new InvalidRevocationError(
      `names nobody. Pass one or more of: ${REVOCATION_TARGETS.join(', ')}.`,
    );
  }
  if (exceptRole !== undefined && revocation['organizationId'] === undefined) {
    throw new InvalidRevocationError('spares a role without naming the organizationId.');
  }
  if (before !== undefined && !(typeof before === 'number' && Number.isFinite(before))) {
    throw new InvalidRevocationError(
      'has a "before" that is no time. Pass milliseconds since the epoch.',
    );
  }
  return revocation;
}
