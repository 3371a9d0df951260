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
import type { Backplane } from '../../backplane/backplane.js';
import { BACKPLANE } from '../../backplane/backplane.module.js';
import { ContainedSeam } from '../../backplane/contained-seam.js';
import { recentEntries } from '../../request/recent-entries.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk-options.js';
import { ClerkRevocations } from '../revocation/clerk-revocations.js';
import { DirectoryChanges } from './directory-changes.js';
import { changeOfEvent, readWebhookEvent, revocationOfEvent } from './clerk-webhook-event.js';
import { type ClerkWebhookEvent } from '../webhook-options.js';
import { hasBody, isJson, keepRawBodies, MAX_WEBHOOK_BYTES, rawBodyOf } from './raw-body.js';

/** Receives Clerk's webhooks: revokes the access that they end, and forgets the records that they change. */
@Injectable()
export class ClerkWebhooks {
  private readonly logger = new Logger('ClerkAuthModule');
  /** Ids of processed deliveries. Evicted ones are too old to be accepted again. */
  private readonly done = recentEntries<true>(MAX_DELIVERIES);
  private readonly seam = new ContainedSeam({
    name: 'The backplane of webhooks',
    consequence: 'A delivery that is repeated to another node may be processed twice.',
  });
  private readonly loggedAt = { warn: -Infinity, error: -Infinity };

  constructor(
    @Inject(CLERK_OPTIONS) private readonly options: ResolvedClerkOptions,
    private readonly revocations: ClerkRevocations,
    private readonly changes: DirectoryChanges,
    adapters: HttpAdapterHost,
    @Inject(BACKPLANE) private readonly backplane: Backplane,
  ) {
    if (options.webhooks) keepRawBodies(adapters);
  }

  /**
   * Receives one delivery. It resolves when the revocation is in force. Clerk repeats a failed delivery.
   *
   * @throws {HttpException} 400 if it is not from Clerk or older than five minutes, 404 if webhooks are
   *   off, 413 over 128 KiB, 415 if it is not JSON, 500 if the application keeps no raw bodies, 503 if the
   *   revocation failed
   */
  async receive(request: { readonly headers: IncomingHttpHeaders }): Promise<void> {
    const { webhooks } = this.options;
    if (!webhooks) throw new NotFoundException();
    const body = this.bodyOf(request);
    const delivery = await verifyEvent(body, request.headers, webhooks.signingSecret);
    if (!delivery) {
      this.logRarely(
        'warn',
        'A webhook was refused: it is not signed with CLERK_WEBHOOK_SIGNING_SECRET, or older than five minutes.',
      );
      throw new BadRequestException('The webhook could not be verified.');
    }
    const { id, event } = delivery;
    if (this.done.has(id) || (await this.isDoneElsewhere(id))) return;
    if (event) await this.process(event, webhooks.revocationOf);
    this.done.set(id, true);
    await this.tellDone(id);
  }

  /** Two nodes that get a delivery at the same time both process it, which has the effect of one. */
  private async isDoneElsewhere(id: string): Promise<boolean> {
    const { isShared, records } = this.backplane;
    if (!isShared) return false;
    const record = await this.seam.callOr(() => records.get(recordOf(id)), nothing);
    // A mark of any version.
    return record !== undefined;
  }

  private async tellDone(id: string): Promise<void> {
    const { isShared, records } = this.backplane;
    if (!isShared) return;
    const write = { ttlMs: DONE_MS, revision: 0 };
    await this.seam.callOr(() => records.put(recordOf(id), { v: VERSION }, write), nothing);
  }

  private bodyOf(request: { readonly headers: IncomingHttpHeaders }): Buffer {
    if (!isJson(request.headers)) throw new UnsupportedMediaTypeException();
    const body = rawBodyOf(request);
    if (!body && !hasBody(request.headers)) throw new BadRequestException();
    if (!body) {
      this.logRarely(
        'error',
        'The raw body of a webhook is not available, so it cannot be verified. On Express, create the application with NestFactory.create(AppModule, { rawBody: true }).',
      );
      throw new InternalServerErrorException();
    }
    if (body.byteLength > MAX_WEBHOOK_BYTES) throw new PayloadTooLargeException();
    return body;
  }

  private async process(event: ClerkWebhookEvent, revocationOf: RevocationOf): Promise<void> {
    const change = changeOfEvent(event);
    await Promise.all([change && this.changes.forget(change), this.revokeBy(event, revocationOf)]);
  }

  /** @throws {ServiceUnavailableException} for an answer with which Clerk sends the event again */
  private async revokeBy(event: ClerkWebhookEvent, revocationOf: RevocationOf): Promise<void> {
    try {
      const revocation = await revocationOf(event, revocationOfEvent(event));
      if (revocation) await this.revocations.revoke(revocation);
    } catch (error) {
      this.logger.error(
        `[Clerk] The webhook ${event.type} could not be processed. Clerk will send it again.`,
        error instanceof Error ? error.stack : undefined,
      );
      throw new ServiceUnavailableException();
    }
  }

  /** Logs at most once a minute, because anyone can send invalid webhooks. */
  private logRarely(level: 'warn' | 'error', message: string): void {
    const now = Date.now();
    if (now - this.loggedAt[level] < LOG_EVERY_MS) return;
    this.loggedAt[level] = now;
    this.logger[level](`[Clerk] ${message}`);
  }
}

type RevocationOf = NonNullable<ResolvedClerkOptions['webhooks']>['revocationOf'];

const MAX_DELIVERIES = 10_000;
const VERSION = 1;
/** Clerk repeats a delivery for a little more than a day, in milliseconds. */
const DONE_MS = 2 * 24 * 3_600_000;
const recordOf = (id: string): string => `clerk webhook ${id}`;
const nothing = (): undefined => undefined;
const LOG_EVERY_MS = 60_000;

/** A delivery with a valid signature. Its id is the same for each attempt. */
interface VerifiedDelivery {
  readonly id: string;
  /** `undefined` if the signed body is not an event. */
  readonly event: ClerkWebhookEvent | undefined;
}

/**
 * Verifies the signature of a delivery, and that it is at most five minutes old.
 *
 * @returns `undefined` if it is not valid
 */
async function verifyEvent(
  body: Buffer,
  headers: IncomingHttpHeaders,
  signingSecret: string,
): Promise<VerifiedDelivery | undefined> {
  // Loaded on demand: many services receive none.
  const { verifyWebhook } = await import('@clerk/backend/webhooks');
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
    // The error may contain parts of the request, so it is not reported.
    return undefined;
  }
}

const SIGNED_HEADERS = ['svix-id', 'svix-timestamp', 'svix-signature'] as const;
