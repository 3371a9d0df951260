import { Injectable, Logger } from '@nestjs/common';

/** Notices when Clerk refuses the secret key, and says so loudly, once a minute at most. */
@Injectable()
export class SecretKeyAlarm {
  private readonly logger = new Logger('ClerkAuthModule');
  private loggedAt = Number.NEGATIVE_INFINITY;
  private rejected = false;

  /** Whether Clerk's last answer about the secret key was a refusal. */
  get isRejected(): boolean {
    return this.rejected;
  }

  /** Clerk took the secret key. */
  accept(): void {
    this.rejected = false;
  }

  /** Clerk answered 401 or 403 to the secret key. */
  reject(): void {
    this.rejected = true;
    if (Date.now() - this.loggedAt < LOG_PAUSE) return;
    this.loggedAt = Date.now();
    this.logger.error(
      '[Clerk] Clerk refuses the secret key, so no caller can be let in. Set CLERK_SECRET_KEY to a valid key of the instance that CLERK_DOMAIN names.',
    );
  }
}

const LOG_PAUSE = 60_000;
