import { Inject, Injectable } from '@nestjs/common';
import { AccessRefusedError } from '../../access/access.errors.js';
import { addressKey, forwardedKey } from '../../request/caller-key.js';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { tooManyFailures } from '../tokens/token-refusals.js';
import { FailedAuthentications, InProcessFailedAuthentications } from './failed-authentications.js';
import { HitWindows } from '../../limits/sliding-window.js';
import type { ClerkLimits } from '../clerk-limits.js';

/**
 * Limits failed authentications of an address. A good token is never limited: one that can be judged
 * here is judged, and one that was good before may be asked about again. What waits is an opaque token
 * that was never seen, since only Clerk could tell it from a made-up one.
 */
@Injectable()
export class FailureLimit {
  private readonly seam: ContainedSeam;
  /** Counts as well, so that it can stand in while the implementation of the application fails. */
  private readonly inProcess: InProcessFailedAuthentications;
  private readonly proxies: UntrustedProxies;

  constructor(
    private readonly failures: FailedAuthentications,
    @Inject(CLERK_OPTIONS) options: ResolvedClerkOptions,
  ) {
    this.inProcess =
      failures instanceof InProcessFailedAuthentications
        ? failures
        : new InProcessFailedAuthentications(options);
    this.proxies = new UntrustedProxies(options.limits);
    this.seam = new ContainedSeam({
      name: 'FailedAuthentications',
      consequence: 'Failed authentications are counted by this node alone until it answers.',
      timeoutMs: options.limits.seamTimeoutMs,
    });
  }

  /**
   * Counts what fails for the address of this request.
   *
   * @param authenticate is given what to call before Clerk is asked about an unknown token
   * @throws {AccessRefusedError} `too_many_requests` in place of `invalid_token`, past the limit
   */
  async watch<T>(
    request: object,
    authenticate: (admit: () => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const source = sourceOf(request);
    if (!source) return authenticate(async () => undefined);
    try {
      return await authenticate(() => this.admit(source));
    } catch (error) {
      if (isFailure(error)) {
        await this.admit(source);
        await this.note(source);
      }
      throw error;
    }
  }

  private async note({ address, proxy }: Source): Promise<void> {
    this.inProcess.note(address);
    if (proxy !== undefined) this.proxies.note(proxy, address);
    if (this.failures === this.inProcess) return;
    await this.seam.callOr(
      () => this.failures.note(address),
      () => undefined,
    );
  }

  private async admit({ address, proxy }: Source): Promise<void> {
    const crowded = proxy === undefined ? 0 : this.proxies.pauseOf(proxy);
    if (crowded > 0) throw tooManyFailures(crowded);
    const pause = await this.seam.callOr(
      async () => readPause(await this.failures.pauseOf(address)),
      () => this.inProcess.pauseOf(address),
    );
    if (pause > 0) throw tooManyFailures(pause);
  }
}

/** Whom a failure counts for. */
interface Source {
  readonly address: string;
  /** The address of the connection, where it is that of a proxy which nobody vouches for. */
  readonly proxy?: string;
}

function sourceOf(request: object): Source | undefined {
  const address = addressKey(request);
  if (address === undefined) return undefined;
  const forwarded = forwardedKey(request);
  if (forwarded === undefined) return { address };
  return { address: `${address} ${forwarded}`, proxy: address };
}

/** @throws {TypeError} an answer that is no time */
function readPause(pause: unknown): number {
  if (typeof pause === 'number' && Number.isFinite(pause)) return pause;
  throw new TypeError('FailedAuthentications gave no time.');
}

/** An expired token was good once: its client comes back with a fresh one. */
function isFailure(error: unknown): boolean {
  return error instanceof AccessRefusedError && error.refusal.reason === 'invalid_token';
}

/**
 * The failures of all callers that come through a proxy which the framework does not trust. What such a
 * proxy says of a caller keeps one stranger from locking everybody else out; and since anybody can say
 * it, so many strangers count together, and so many failures of all of them.
 */
export class UntrustedProxies {
  /** Callers that have failed. */
  private readonly callers: HitWindows;
  private readonly failures: HitWindows;
  private readonly known: HitWindows;

  constructor({ failuresPerAddress: limit, failureWindowMs: ttl, maxAddresses }: ClerkLimits) {
    const max = Math.max(1, maxAddresses);
    this.callers = new HitWindows({ limit, ttl, max });
    this.failures = new HitWindows({ limit: FAILURES_OF_ALL * limit, ttl, max });
    this.known = new HitWindows({ limit: 1, ttl, max });
  }

  /** Milliseconds until a caller of this proxy may fail once more. */
  pauseOf(proxy: string): number {
    return Math.max(this.callers.pauseOf(proxy), this.failures.pauseOf(proxy));
  }

  /** @param caller that failed */
  note(proxy: string, caller: string): void {
    this.failures.hit(proxy);
    if (this.known.countOf(caller) > 0) return;
    this.known.hit(caller);
    this.callers.hit(proxy);
  }
}

/** Times those of one address. */
const FAILURES_OF_ALL = 4;
