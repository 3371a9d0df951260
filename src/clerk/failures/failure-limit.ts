import { Injectable } from '@nestjs/common';
import { AccessRefusedError } from '../../access/access-refused.error.js';
import { addressKey } from '../../access/caller-key.js';
import { tooManyFailures } from '../tokens/token-refusals.js';
import { FailedAuthentications } from './failed-authentications.js';

/**
 * Limits failed authentications of an address. A good token is never limited: one that can be judged
 * here is judged, and one that was good before may be asked about again. What waits is an opaque token
 * that was never seen, since only Clerk could tell it from a made-up one.
 */
@Injectable()
export class FailureLimit {
  constructor(private readonly failures: FailedAuthentications) {}

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
        await this.failures.note(address);
      }
      throw error;
    }
  }

  private async admit(address: string): Promise<void> {
    const pause = await this.failures.pauseOf(address);
    if (pause > 0) throw tooManyFailures(pause);
  }
}

/** An expired token was good once: its client comes back with a fresh one. */
function isFailure(error: unknown): boolean {
  return error instanceof AccessRefusedError && error.refusal.reason === 'invalid_token';
}
