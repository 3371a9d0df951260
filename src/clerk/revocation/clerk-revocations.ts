import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import type { Principal } from '../../request/principal.js';
import { Revocations, type Revocation, REVOCATION_TARGETS } from '../../access/revocation.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { ContainedVerdictCache } from '../tokens/verdict-cache.js';
import { ClerkDirectory } from '../api/clerk-directory.js';
import { UpstreamTokens } from '../api/upstream-tokens.js';
import { DenyList } from '../tokens/deny-list.js';
import { RevocationBus } from './revocation-bus.js';
import { RevocationNotSharedError, InvalidRevocationError } from '../clerk.errors.js';
import { isJsonObject } from '../../request/json-object.js';

/**
 * Revokes access before the credential expires, for Clerk's webhooks and for application code.
 *
 * @example
 * ```ts
 * // Signs a user out everywhere; the user can sign in again.
 * await this.revocations.revoke({ userId, before: Date.now() });
 * ```
 */
@Injectable()
export class ClerkRevocations extends Revocations implements OnModuleDestroy {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly listeners = new Set<(revocation: Revocation) => void>();
  private readonly unsubscribe: () => void;
  private readonly seam: ContainedSeam;
  /** Revocations being published, as JSON: their echo from the bus is ignored. */
  private readonly publishing = new Set<string>();
  private warnedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly bus: RevocationBus,
    private readonly denied: DenyList,
    private readonly verdicts: ContainedVerdictCache,
    private readonly directory: ClerkDirectory,
    private readonly upstream: UpstreamTokens,
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
   * Puts a revocation in force. When it resolves, all nodes refuse the credentials, and close the streams
   * and sessions of their principals. This node does so first.
   *
   * @throws {InvalidRevocationError} it is malformed or has no target
   * @throws {RevocationNotSharedError} it is in force on this node, but could not be published
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

  async onModuleDestroy(): Promise<void> {
    // On Nest 11 a hook that throws ends the shutdown before the hooks that come later.
    await this.seam.callOr(this.unsubscribe, () => undefined);
  }

  /** A node of another version may publish a malformed revocation. It is logged and ignored. */
  private receive(message: Revocation): void {
    try {
      const revocation = checkRevocation(message);
      if (!this.publishing.has(JSON.stringify(revocation))) this.apply(revocation);
    } catch (error) {
      this.logFailure(error);
    }
  }

  private apply(revocation: Revocation): void {
    // The deny list comes first, so that the caches below are not filled again.
    if (this.denied.add(revocation)) this.warnOfOverflow();
    this.directory.forget(revocation);
    this.upstream.forget(revocation);
    void this.verdicts.purge(revocation);
    for (const listener of this.listeners) {
      try {
        listener(revocation);
      } catch (error) {
        this.logFailure(error);
      }
    }
  }

  private warnOfOverflow(): void {
    if (Date.now() - this.warnedAt < WARN_EVERY) return;
    this.warnedAt = Date.now();
    this.logger.warn(
      '[Clerk] There are more revocations than limits.maxRevocations, so older ones are dropped and their tokens may be accepted again. Raise the limit.',
    );
  }

  private readonly logFailure = (error: unknown): void => {
    this.logger.error(
      '[Clerk] A revocation was not applied completely',
      error instanceof Error ? error.stack : undefined,
    );
  };
}

const WARN_EVERY = 60_000;

/**
 * Validates a revocation from application code or from another node.
 *
 * @throws {InvalidRevocationError} it is malformed or has no target
 */
function checkRevocation(revocation: unknown): Revocation {
  if (!isJsonObject(revocation)) throw new InvalidRevocationError('is not an object.');
  const { exceptRole, before } = revocation;
  for (const name of [...REVOCATION_TARGETS, 'exceptRole']) {
    const value = revocation[name];
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw new InvalidRevocationError(
      `has a ${name} that is not a string. Pass the id, or leave it out.`,
    );
  }
  if (REVOCATION_TARGETS.every((name) => revocation[name] === undefined)) {
    throw new InvalidRevocationError(
      `has no target. Pass one or more of: ${REVOCATION_TARGETS.join(', ')}.`,
    );
  }
  if (exceptRole !== undefined && revocation['organizationId'] === undefined) {
    throw new InvalidRevocationError('has exceptRole without organizationId. Pass both.');
  }
  if (before !== undefined && !(typeof before === 'number' && Number.isFinite(before))) {
    throw new InvalidRevocationError(
      'has a "before" that is not a number. Pass milliseconds since the epoch.',
    );
  }
  return revocation;
}
