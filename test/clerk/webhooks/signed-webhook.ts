import { createHmac, randomUUID } from 'node:crypto';

/** Signing secret of a webhook endpoint, made up. */
export const SIGNING_SECRET = `whsec_${Buffer.from('a key of 24 bytes, no more').toString('base64')}`;

export interface Signed {
  readonly body: string;
  readonly headers: Record<string, string>;
}

export interface Signing {
  readonly id?: string;
  /** Seconds since the epoch. */
  readonly at?: number;
  readonly secret?: string;
}

/** A delivery as Clerk signs it, written down from the scheme and not from a library. */
export function signed(
  event: unknown,
  {
    id = `msg_${randomUUID()}`,
    at = Math.floor(Date.now() / 1000),
    secret = SIGNING_SECRET,
  }: Signing = {},
): Signed {
  const body = typeof event === 'string' ? event : JSON.stringify(event);
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'svix-id': id,
      'svix-timestamp': String(at),
      'svix-signature': `v1,${signature}`,
    },
  };
}

/** An event of Clerk. */
export const event = (type: string, data: object, timestamp: unknown = Date.now()) => ({
  object: 'event',
  type,
  data,
  timestamp,
  instance_id: 'ins_1',
  event_attributes: { http_request: { client_ip: '192.0.2.1', user_agent: 'test' } },
});
