import { Inject, Injectable } from '@nestjs/common';
import { AccessRefusedError } from '../../access/access.errors.js';
import { andThen, type MaybePromise } from '../../request/value-or-promise.js';
import { addressKey, forwardedKey } from '../../request/caller-key.js';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { tooManyFailures } from '../tokens/token-refusals.js';
import { FailedAuthentications, InProcessFailedAuthentications } from './failed-authentications.js';
import { HitWindows } from '../../limits/sliding-window.js';
import type { ClerkLimits } from '../clerk-limits.js';

/**
 * Limits failed authentications per address. It never limits a valid JWT, or an opaque token that was
 * valid before. Over the limit, unknown opaque tokens are refused, because only Clerk could verify them.
 */
@Injectable()
export class FailureLimit {
  private readonly seam: ContainedSeam;
  /** Always counts too, as a fallback while the implementation of the application fails. */
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
   * Must be called before Clerk is asked about an unknown token.
   *
   * @throws {AccessRefusedError} `too_many_requests`, over the limit
   */
  admit(request: object): MaybePromise<void> {
    const address = failureAddressOf(request);
    if (!address) return;
    return andThen(this.pauseAt(address), (pause) => {
      if (pause > 0) throw tooManyFailures(pause);
    });
  }

  /**
   * Counts an error of the authentication of this request, if it is a failure.
   *
   * @returns the error to throw: over the limit `too_many_requests` instead of `invalid_token`
   */
  count(request: object, error: unknown): MaybePromise<unknown> {
    const address = isFailure(error) ? failureAddressOf(request) : undefined;
    if (!address) return error;
    return andThen(this.pauseAt(address), (pause) =>
      pause > 0 ? tooManyFailures(pause) : andThen(this.note(address), () => error),
    );
  }

  private note({ address, proxy }: FailureAddress): MaybePromise<void> {
    this.inProcess.note(address);
    if (proxy !== undefined) this.proxies.note(proxy, address);
    if (this.failures === this.inProcess) return;
    return this.seam.callOr(
      () => this.failures.note(address),
      () => undefined,
    );
  }

  private pauseAt({ address, proxy }: FailureAddress): MaybePromise<number> {
    const proxyPause = proxy === undefined ? 0 : this.proxies.pauseOf(proxy);
    if (proxyPause > 0) return proxyPause;
    return this.seam.callOr(
      () => this.pauseOf(address),
      () => this.inProcess.pauseOf(address),
    );
  }

  private pauseOf(address: string): MaybePromise<number> {
    const pause = this.failures.pauseOf(address);
    return typeof pause === 'number' ? readPause(pause) : Promise.resolve(pause).then(readPause);
  }
}

/** The address that a failure counts for. */
interface FailureAddress {
  readonly address: string;
  /** The address of the connection, if it is that of an untrusted proxy. */
  readonly proxy?: string;
}

function failureAddressOf(request: object): FailureAddress | undefined {
  const address = addressKey(request);
  if (address === undefined) return undefined;
  const forwarded = forwardedKey(request);
  if (forwarded === undefined) return { address };
  return { address: `${address} ${forwarded}`, proxy: address };
}

/** @throws {TypeError} if the implementation of the application did not return a number */
function readPause(pause: unknown): number {
  if (typeof pause === 'number' && Number.isFinite(pause)) return pause;
  throw new TypeError('FailedAuthentications.pauseOf() did not return a number.');
}

/** An expired token does not count: its client will refresh it. */
function isFailure(error: unknown): boolean {
  return error instanceof AccessRefusedError && error.refusal.reason === 'invalid_token';
}

/**
 * Counts the failures of all callers behind an untrusted proxy. The forwarded addresses keep one caller
 * from locking out the others. As they can be forged, the number of failing addresses and the number of
 * all failures are limited as well.
 */
class UntrustedProxies {
  /** Addresses with a failure, per proxy. */
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

/** A multiple of the limit of one address. */
const FAILURES_OF_ALL = 4;
