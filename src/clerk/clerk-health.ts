import { Injectable } from '@nestjs/common';
import { SecretKeyAlarm } from './api/clerk.client.js';
import { SigningKeys } from './tokens/signing-keys.js';

/** What {@link ClerkHealth} found. */
export interface ClerkHealthReport {
  /** Whether callers can be authenticated now. */
  readonly isReady: boolean;
  /** Whether there are keys to verify tokens with. */
  readonly hasKeys: boolean;
  /** Whether Clerk's last answer about our secret key was a refusal. */
  readonly isSecretKeyRejected: boolean;
}

/** Says whether this process can authenticate callers, for a readiness endpoint. */
@Injectable()
export class ClerkHealth {
  constructor(
    private readonly keys: SigningKeys,
    private readonly alarm: SecretKeyAlarm,
  ) {}

  /** Cheap: it asks Clerk only while there are no fresh keys, with pauses. Never throws. */
  async check(): Promise<ClerkHealthReport> {
    const hasKeys = await this.keys.areAvailable();
    const isSecretKeyRejected = this.alarm.isRejected;
    return { isReady: hasKeys && !isSecretKeyRejected, hasKeys, isSecretKeyRejected };
  }
}
