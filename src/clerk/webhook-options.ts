import { type JsonObject } from '../request/json-object.js';
import type { Revocation } from '../access/revocation.js';
import { ClerkConfigurationError } from './clerk.errors.js';

/** Options for Clerk's webhooks. */
export interface ClerkWebhookOptions {
  /** Signing secret of the endpoint in the Clerk dashboard, `whsec_…`. Without it webhooks are off. */
  readonly signingSecret?: string | undefined;
  /**
   * Decides what an event revokes, for other types of event or to change the default.
   *
   * @param usual the default revocation of the event, if it has one
   */
  readonly revocationOf?:
    | ((
        event: ClerkWebhookEvent,
        usual: Revocation | undefined,
      ) => Revocation | undefined | Promise<Revocation | undefined>)
    | undefined;
}

/** A verified event of Clerk, of any type. */
export interface ClerkWebhookEvent {
  /** Such as `session.revoked`. */
  readonly type: string;
  /** The object of the event, as it was at that time. */
  readonly data: JsonObject;
  /** When it happened, in milliseconds since the epoch. */
  readonly timestamp: number;
  /** The Clerk instance that it happened in. */
  readonly instanceId?: string;
}

/** Resolved {@link ClerkWebhookOptions}. */
export interface ResolvedWebhookOptions {
  readonly signingSecret: string;
  readonly revocationOf: NonNullable<ClerkWebhookOptions['revocationOf']>;
}

/**
 * @returns `null` if webhooks are off
 * @throws {ClerkConfigurationError} the signing secret is malformed
 */
export function readWebhookOptions(
  options: ClerkWebhookOptions | undefined,
): ResolvedWebhookOptions | null {
  const signingSecret = options?.signingSecret?.trim() ?? '';
  if (signingSecret === '') return null;
  const [, key = ''] = SECRET.exec(signingSecret) ?? [];
  if (Buffer.from(key, 'base64').byteLength < MIN_KEY_BYTES) {
    throw new ClerkConfigurationError(
      'webhooks.signingSecret is not a signing secret. Set CLERK_WEBHOOK_SIGNING_SECRET to that of the endpoint in the Clerk dashboard, which starts with whsec_.',
    );
  }
  return { signingSecret, revocationOf: options?.revocationOf ?? ((_event, usual) => usual) };
}

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;
/** Shorter keys could be guessed; Clerk's have 24 bytes. */
const MIN_KEY_BYTES = 16;
