import { createHmac } from 'node:crypto';

/** What {@link signWebhook} signs. */
export interface UnsignedWebhook {
  /** The same for each attempt at one delivery. */
  readonly id: string;
  /** Time of the attempt, in seconds since the epoch. */
  readonly at: number;
  readonly body: string;
}

/**
 * The headers of a delivery as Clerk's sender Svix signs it: the Standard Webhooks scheme under names
 * of its own.
 *
 * @param signingSecret `whsec_` and the key in base64
 */
export function signWebhook(
  { id, at, body }: UnsignedWebhook,
  signingSecret: string,
): Readonly<Record<string, string>> {
  const key = Buffer.from(signingSecret.slice(SECRET_PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  return { 'svix-id': id, 'svix-timestamp': String(at), 'svix-signature': `v1,${signature}` };
}

export const SECRET_PREFIX = 'whsec_';
