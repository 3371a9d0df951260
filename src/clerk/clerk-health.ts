import { Injectable } from '@nestjs/common';
import { SecretKeyAlarm } from './api/clerk.client.js';
import { DenyList } from './tokens/deny-list.js';
import { SigningKeys } from './tokens/signing-keys.js';

/** Checks whether this process can authenticate callers, for a readiness endpoint. */
@Injectable()
export class ClerkHealth {
  constructor(
    private readonly keys: SigningKeys,
    private readonly alarm: SecretKeyAlarm,
    private readonly denied: DenyList,
  ) {}

  /** Sends requests to Clerk only while keys are stale or the secret key is refused. Never throws. */
  async check(): Promise<ClerkHealthReport> {
    const hasKeys = await this.keys.areAvailable();
    const isSecretKeyRejected = this.alarm.isRejected;
    const { isLoaded: hasRevocations } = this.denied;
    const isReady = hasKeys && !isSecretKeyRejected && hasRevocations;
    return { isReady, hasKeys, isSecretKeyRejected, hasRevocations };
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
  /** Whether the revocations that other nodes have in force were loaded. */
  readonly hasRevocations: boolean;
}
