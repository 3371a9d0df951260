import {
  Inject,
  Injectable,
  Logger,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { Backplane } from '../../backplane/backplane.js';
import { BACKPLANE } from '../../backplane/backplane.module.js';
import { ContainedSeam, describeFailure } from '../../backplane/contained-seam.js';
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
export class ClerkRevocations extends Revocations implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('ClerkAuthModule');
  private readonly listeners = new Set<(revocation: Revocation) => void>();
  private readonly unsubscribe: () => void;
  private readonly seam: ContainedSeam;
  /** Revocations being published, as JSON: their echo from the bus is ignored. */
  private readonly publishing = new Set<string>();
  private warnedAt = Number.NEGATIVE_INFINITY;
  private loadAgain: NodeJS.Timeout | undefined;
  private isStopped = false;
  private readonly ttl: number;

  constructor(
    private readonly bus: RevocationBus,
    private readonly denied: DenyList,
    private readonly verdicts: ContainedVerdictCache,
    private readonly directory: ClerkDirectory,
    private readonly upstream: UpstreamTokens,
    @Inject(CLERK_OPTIONS) { limits }: ResolvedClerkOptions,
    @Inject(BACKPLANE) private readonly backplane: Pick<Backplane, 'now'>,
  ) {
    super();
    this.ttl = limits.denyTtlMs;
    this.seam = new ContainedSeam({
      name: 'RevocationBus',
      consequence: 'Revocations are in force on this node alone until it answers.',
      timeoutMs: limits.seamTimeoutMs,
    });
    this.unsubscribe = bus.subscribe((revocation, until) => this.receive(revocation, until));
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
    const until = this.backplane.now() + this.ttl;
    this.apply(checked, until);
    const json = JSON.stringify(checked);
    this.publishing.add(json);
    try {
      await this.seam.call(() => this.bus.publish(checked, until));
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

  /**
   * Loads the revocations of other nodes before this one listens. Without them the application starts all
   * the same, refuses callers, and tries again.
   */
  async onModuleInit(): Promise<void> {
    const load = this.load();
    if (load === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, LOAD_AT_START_MS).unref();
    });
    await Promise.race([load, late]);
    clearTimeout(timer);
    if (!this.denied.isLoaded) this.warnOfMissing('has not loaded them in time');
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.loadAgain);
    // On Nest 11 a hook that throws ends the shutdown before the hooks that come later.
    await this.seam.callOr(this.unsubscribe, () => undefined);
  }

  /** @returns a promise if the revocations are not loaded yet; it never rejects */
  private load(): Promise<void> | undefined {
    let loading: void | Promise<void>;
    try {
      loading = this.bus.load();
      this.denied.isLoaded = loading === undefined;
    } catch (error) {
      this.failedToLoad(error);
      return undefined;
    }
    return loading?.then(
      () => void (this.denied.isLoaded = true),
      (error: unknown) => this.failedToLoad(error),
    );
  }

  private failedToLoad(error: unknown): void {
    this.denied.isLoaded = false;
    if (this.isStopped) return;
    this.warnOfMissing(describeFailure(error));
    this.loadAgain = setTimeout(() => void this.load(), LOAD_AGAIN_MS).unref();
  }

  private warnOfMissing(failure: string): void {
    this.warn(
      `The revocations of other nodes are not known here: RevocationBus ${failure}. Until they are, callers are refused with the status 503. It is tried again.`,
    );
  }

  /** A node of another version may publish a malformed revocation. It is logged and ignored. */
  private receive(message: Revocation, until: number | undefined): void {
    try {
      const revocation = checkRevocation(message);
      if (this.publishing.has(JSON.stringify(revocation))) return;
      if (until !== undefined && this.denied.covers(revocation, until)) return;
      this.apply(revocation, until);
    } catch (error) {
      this.logFailure(error);
    }
  }

  private apply(revocation: Revocation, until: number | undefined): void {
    // The deny list comes first, so that the caches below are not filled again.
    if (this.denied.add(revocation, until)) this.warnOfOverflow();
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
    this.warn(
      'There are more revocations than limits.maxRevocations, so older ones are dropped and their tokens may be accepted again. Raise the limit.',
    );
  }

  /** At most once a minute. */
  private warn(message: string): void {
    if (Date.now() - this.warnedAt < WARN_EVERY) return;
    this.warnedAt = Date.now();
    this.logger.warn(`[Clerk] ${message}`);
  }

  private readonly logFailure = (error: unknown): void => {
    this.logger.error(
      '[Clerk] A revocation was not applied completely',
      error instanceof Error ? error.stack : undefined,
    );
  };
}

const WARN_EVERY = 60_000;
/** Longest wait for the revocations of other nodes at the start, in milliseconds. */
const LOAD_AT_START_MS = 10_000;
const LOAD_AGAIN_MS = 1_000;

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
