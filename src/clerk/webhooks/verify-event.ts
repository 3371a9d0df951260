import type { IncomingHttpHeaders } from 'node:http';
import { verifyWebhook } from '@clerk/backend/webhooks';
import { readWebhookEvent, type ClerkWebhookEvent } from './clerk-webhook-event.js';

/** A delivery whose signature is good: its id, the same for each attempt, and what it says. */
export interface VerifiedDelivery {
  readonly id: string;
  /** `undefined` for something signed that is no event. */
  readonly event: ClerkWebhookEvent | undefined;
}

/**
 * Verifies a delivery over its bytes: the signature, and that it was sent in the last five minutes.
 *
 * @returns `undefined` unless Clerk sent it, lately
 */
export async function verifyEvent(
  body: Buffer,
  headers: IncomingHttpHeaders,
  signingSecret: string,
): Promise<VerifiedDelivery | undefined> {
  const signed = SIGNED_HEADERS.map((name) => [name, String(headers[name] ?? '')] as const);
  try {
    const request = new Request('https://webhook.invalid/', {
      method: 'POST',
      headers: Object.fromEntries(signed),
      body: new Uint8Array(body),
    });
    const event = readWebhookEvent(await verifyWebhook(request, { signingSecret }));
    return { id: String(headers['svix-id']).trim(), event };
  } catch {
    // The reason may quote the request, and is for nobody to learn from.
    return undefined;
  }
}

const SIGNED_HEADERS = ['svix-id', 'svix-timestamp', 'svix-signature'] as const;
