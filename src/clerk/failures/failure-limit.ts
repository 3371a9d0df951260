import { Inject, Injectable } from '@nestjs/common';
import { AccessRefusedError } from '../../access/access-refused.error.js';
import { addressKey } from '../../access/caller-key.js';
import { ContainedSeam } from '../../access/contained-seam.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk.options.js';
import { tooManyFailures } from '../tokens/token-refusals.js';
import { FailedAuthentications } from './failed-authentications.js';
import { InProcessFailedAuthentications } from './in-process-failed-authentications.js';

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

  constructor(
    private readonly failures: FailedAuthentications,
    @Inject(CLERK_OPTIONS) options: ResolvedClerkOptions,
  ) {
    this.inProcess =
      failures instanceof InProcessFailedAuthentications
        ? failures
        : new InProcessFailedAuthentications(options);
    this.seam = new ContainedSeam({
      name: 'FailedAuthentications',
      consequence: 'Failed authentications are counted by this node alone until it answers.',
      timeoutMs: options.limits.seamTimeout,
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
    const address = addressKey(request);
    if (address === undefined) return authenticate(async () => undefined);
    try {
      return await authenticate(() => this.admit(address));
    } catch (error) {
      if (isFailure(error)) {
        await this.admit(address);
        await this.note(address);
      }
      throw error;
    }
  }

  private async note(address: string): Promise<void> {
    this.inProcess.note(address);
    if (this.failures === this.inProcess) return;
    await this.seam.callOr(
      () => this.failures.note(address),
      () => undefined,
    );
  }

  private async admit(address: string): Promise<void> {
    const pause = await this.seam.callOr(
      async () => readPause(await this.failures.pauseOf(address)),
      () => this.inProcess.pauseOf(address),
    );
    if (pause > 0) throw tooManyFailures(pause);
  }
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
