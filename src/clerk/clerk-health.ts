import { Injectable } from '@nestjs/common';
import { SecretKeyAlarm } from './api/clerk.client.js';
import { SigningKeys } from './tokens/signing-keys.js';

/** Checks whether this process can authenticate callers, for a readiness endpoint. */
@Injectable()
export class ClerkHealth {
  constructor(
    private readonly keys: SigningKeys,
    private readonly alarm: SecretKeyAlarm,
  ) {}

  /** Sends requests to Clerk only while keys are stale or the secret key is refused. Never throws. */
  async check(): Promise<ClerkHealthReport> {
    const hasKeys = await this.keys.areAvailable();
    const isSecretKeyRejected = this.alarm.isRejected;
    return { isReady: hasKeys && !isSecretKeyRejected, hasKeys, isSecretKeyRejected };
  }
}

/** The result of {@link ClerkHealth.check}. */
export interface ClerkHealthReport {
  /** Whether callers can be authenticated now. */
  readonly isReady: boolean;
  /** Whether keys for verifying tokens are available. */
  readonly hasKeys: boolean;
  /** Whether Clerk refused the secret key in its last response. */
  readonly isSecretKeyRejected: boolean;
}
