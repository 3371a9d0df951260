import { ThrottlerException } from '@nestjs/throttler';

/** A caller has made as many requests as it may for now. HTTP 429, or a tool result with `isError`. */
export class TooManyRequestsError extends ThrottlerException {
  readonly code = 'TOO_MANY_REQUESTS';

  /** @param retryAfter seconds after which a retry makes sense */
  constructor(readonly retryAfter: number) {
    super(`Too many requests. Try again in ${retryAfter} seconds.`);
    this.name = 'TooManyRequestsError';
  }
}
