import { Inject, Injectable } from '@nestjs/common';
import { requestJson, type JsonAnswer } from '../json-request.js';
import { RemoteCopy } from '../remote-copy.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk.options.js';
import { SecretKeyAlarm } from '../secret-key-alarm.js';
import { readKeySet, type KeySet } from './key-set.js';
import { signingKeyOf, type SigningKey } from './signing-key.js';
import { invalidToken, misconfigured, unavailable } from './token-refusals.js';

/**
 * The keys that tokens are verified with: the configured one, or those that Clerk publishes.
 * Our own cache, because the SDK's fetches once per unknown key id, has no time limit, and reports
 * an outage as a bad token.
 */
@Injectable()
export class SigningKeys {
  private readonly configured: SigningKey | undefined;
  private readonly copy: RemoteCopy<KeySet>;
  private missedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly alarm: SecretKeyAlarm,
  ) {
    const { keysTtl: ttl, failureCoolDown } = options.limits;
    this.configured = options.jwtKey === null ? undefined : signingKeyOf(options.jwtKey);
    this.copy = new RemoteCopy(() => this.fetchKeySet(), { ttl, failureCoolDown });
  }

  /** Changes whenever a key comes or goes; verdicts made with other keys are worth nothing. */
  get fingerprint(): string {
    return this.copy.current?.fingerprint ?? '';
  }

  /** Whether a token could be verified now, fetching keys when there are none. Never throws. */
  async areAvailable(): Promise<boolean> {
    // Without callers nothing else would notice that Clerk takes the secret key again.
    if (this.alarm.isRejected) await this.copy.refresh().catch(() => undefined);
    if (this.configured) return true;
    return this.copy.get().then(
      () => true,
      () => false,
    );
  }

  /** The key of this id, where it is at hand and fresh. */
  known(kid: unknown): SigningKey | undefined {
    if (this.configured) return this.configured;
    return typeof kid === 'string' ? this.copy.fresh?.keys.get(kid) : undefined;
  }

  /**
   * The key of this id.
   *
   * @throws {AccessRefusedError} `invalid_token` for an unknown id, `unavailable` or
   * `misconfigured` when Clerk's keys cannot be had
   */
  async find(kid: unknown): Promise<SigningKey> {
    if (this.configured) return this.configured;
    if (typeof kid !== 'string') throw unknownKey();

    const held = this.copy.current;
    const { keys } = await this.copy.get();
    const key = keys.get(kid) ?? (keys === held?.keys ? await this.lookAgain(kid) : undefined);
    if (key !== undefined) return key;
    if (keys !== held?.keys) this.missedAt = Date.now();
    throw unknownKey();
  }

  /** Keys may have rotated; but made-up key ids must not become a flood of fetches. */
  private async lookAgain(kid: string): Promise<SigningKey | undefined> {
    const coolingDown = Date.now() - this.missedAt < this.options.limits.unknownKeyCoolDown;
    if (coolingDown && !this.copy.isFetching) return undefined;
    const key = (await this.copy.refresh()).keys.get(kid);
    if (key === undefined) this.missedAt = Date.now();
    return key;
  }

  private async fetchKeySet(): Promise<KeySet> {
    const { apiURL, issuer, secretKey } = this.options;
    const backend = await this.request(`${apiURL}/v1/jwks`, {
      authorization: `Bearer ${secretKey}`,
    });
    if (backend?.status === 401 || backend?.status === 403) {
      this.alarm.reject();
      throw misconfigured();
    }
    const keys = keysIn(backend);
    if (keys) {
      this.alarm.accept();
      return keys;
    }

    const frontend = await this.request(`${issuer}/.well-known/jwks.json`, {});
    const publicKeys = keysIn(frontend);
    if (publicKeys) return publicKeys;
    throw unavailable(backend?.retryAfter ?? frontend?.retryAfter);
  }

  private async request(
    url: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<JsonAnswer | undefined> {
    const { timeout } = this.options.limits;
    return requestJson(url, { headers, timeout }).catch(() => undefined);
  }
}

function keysIn(answer: JsonAnswer | undefined): KeySet | undefined {
  return answer?.status === 200 ? readKeySet(answer.body) : undefined;
}

function unknownKey() {
  return invalidToken('The access token is signed with an unknown key.');
}
