import type { IncomingHttpHeaders } from 'node:http';
import {
  BadRequestException,
  Inject,
  Injectable,
  InternalServerErrorException,
  Logger,
  NotFoundException,
  PayloadTooLargeException,
  ServiceUnavailableException,
  UnsupportedMediaTypeException,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { LRUCache } from 'lru-cache';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { ClerkRevocations } from '../revocation/clerk-revocations.js';
import {
  type ClerkWebhookEvent,
  revocationOfEvent,
  readWebhookEvent,
} from './clerk-webhook-event.js';
import { hasBody, isJson, keepRawBodies, MAX_WEBHOOK_BYTES, rawBodyOf } from './raw-body.js';
import { verifyWebhook } from '@clerk/backend/webhooks';

/** Takes the webhooks of Clerk, and revokes what they say is over. */
@Injectable()
export class ClerkWebhooks {
  private readonly logger = new Logger('ClerkAuthModule');
  /** Ids of deliveries that were carried out. Older ones are too old to be sent again. */
  private readonly done = new LRUCache<string, true>({ max: MAX_DELIVERIES });
  private readonly saidAt = { warn: -Infinity, error: -Infinity };

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly revocations: ClerkRevocations,
    adapters: HttpAdapterHost,
  ) {
    if (options.webhooks) keepRawBodies(adapters);
  }

  /**
   * Takes one delivery. It resolves when the revocation is in force; what fails, Clerk sends again.
   *
   * @throws {HttpException} 400 unless Clerk sent it in the last five minutes, 404 where webhooks are
   *   off, 413 over 128 KiB, 415 unless it is JSON, 500 where the application keeps no bytes of bodies,
   *   503 when it could not be carried out
   */
  async receive(request: { readonly headers: IncomingHttpHeaders }): Promise<void> {
    const { webhooks } = this.options;
    if (!webhooks) throw new NotFoundException();
    const body = this.bodyOf(request);
    const delivery = await verifyEvent(body, request.headers, webhooks.signingSecret);
    if (!delivery) {
      this.sayRarely(
        'warn',
        'A webhook was turned away: it is not signed with CLERK_WEBHOOK_SIGNING_SECRET, or older than five minutes.',
      );
      throw new BadRequestException('The webhook could not be verified.');
    }
    const { id, event } = delivery;
    if (this.done.has(id)) return;
    if (event) await this.carryOut(event, webhooks.revocationOf);
    this.done.set(id, true);
  }

  private bodyOf(request: { readonly headers: IncomingHttpHeaders }): Buffer {
    if (!isJson(request.headers)) throw new UnsupportedMediaTypeException();
    const body = rawBodyOf(request);
    if (!body && !hasBody(request.headers)) throw new BadRequestException();
    if (!body) {
      this.sayRarely(
        'error',

        'The bytes of a webhook were not kept, so that it cannot be verified. On Express, create the application with NestFactory.create(AppModule, { rawBody: true }).',
      );
      throw new InternalServerErrorException();
    }
    if (body.byteLength > MAX_WEBHOOK_BYTES) throw new PayloadTooLargeException();
    return body;
  }

  private async carryOut(
    event: ClerkWebhookEvent,
    revocationOf: NonNullable<ResolvedClerkOptions['webhooks']>['revocationOf'],
  ): Promise<void> {
    try {
      const revocation = await revocationOf(event, revocationOfEvent(event));
      if (revocation) await this.revocations.revoke(revocation);
    } catch (error) {
      this.logger.error(
        `[Clerk] The webhook ${event.type} could not be carried out. Clerk will send it again.`,
        error instanceof Error ? error.stack : undefined,
      );
      throw new ServiceUnavailableException();
    }
  }

  /** Anybody can send bad webhooks: the log says so once in a while. */
  private sayRarely(level: 'warn' | 'error', message: string): void {
    const now = Date.now();
    if (now - this.saidAt[level] < SAY_EVERY) return;
    this.saidAt[level] = now;
    this.logger[level](`[Clerk] ${message}`);
  }
}

const MAX_DELIVERIES = 10_000;
const SAY_EVERY = 60_000;

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
