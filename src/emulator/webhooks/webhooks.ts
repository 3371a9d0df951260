import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { EmulatorWebhookTargetError } from '../emulator.errors.js';
import type { LastingPart } from '../instance/bounded-store.js';
import { clerkId } from '../instance/clerk-id.js';

/** An event and the result of its delivery. */
export interface WebhookDelivery {
  readonly id: string;
  /** Such as `session.revoked`. */
  readonly type: string;
  /** The body as it was sent. */
  readonly body: string;
  /** Status of the last response; `undefined` before the first one. */
  readonly status: number | undefined;
  readonly attempts: number;
}

/** Receiver of the events. */
export interface WebhookTarget {
  /** A loopback URL. With `fetch`, any URL. */
  readonly url: string;
  /** Sends the requests, for an application without a port. Default: the global `fetch`. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Default: the random secret of the emulator. */
  readonly signingSecret?: string;
}

/** Sends signed webhooks about changes, one after the other. */
export class Webhooks implements LastingPart {
  #url: string | undefined;
  #fetch = overNetwork;
  /** The secret that the emulator made for itself. */
  #ownSecret = `${SECRET_PREFIX}${randomBytes(24).toString('base64')}`;
  #givenSecret: string | undefined;
  #deliveries: WebhookDelivery[] = [];
  #queue: Promise<unknown> = Promise.resolve();
  readonly #closing = new AbortController();

  constructor(
    private readonly instanceId: string,
    private readonly now: () => number,
  ) {}

  /** Signs deliveries; the application verifies them with it. */
  get signingSecret(): string {
    return this.#givenSecret ?? this.#ownSecret;
  }

  /** The last 1,000 events, oldest first. Without a target, events are not recorded. */
  get deliveries(): readonly WebhookDelivery[] {
    return this.#deliveries;
  }

  /**
   * Sends all later events to this target; `null` stops sending.
   *
   * @throws EmulatorWebhookTargetError when the URL is not on this machine
   */
  sendTo(target: WebhookTarget | null): void {
    if (target && !target.fetch && !isLoopback(target.url)) {
      throw new EmulatorWebhookTargetError(target.url);
    }
    this.#url = target?.url;
    this.#fetch = target?.fetch ?? overNetwork;
    this.#givenSecret = target?.signingSecret ?? this.#givenSecret;
  }

  /** @param data called synchronously, and only when there is a target */
  emit(type: string, data: () => Readonly<Record<string, unknown>>): void {
    const url = this.#url;
    if (url === undefined) return;
    const body = JSON.stringify({
      object: 'event',
      type,
      data: data(),
      timestamp: this.now(),
      instance_id: this.instanceId,
      event_attributes: { http_request: { client_ip: '127.0.0.1', user_agent: 'clerk-emulator' } },
    });
    const delivery = { id: clerkId('msg'), type, body, status: undefined, attempts: 0 };
    this.#record(delivery);
    this.#queue = this.#queue.then(() => this.#deliver(delivery, url));
  }

  /** Sends a delivered event again, as a network or an attacker might. */
  async replay({ id, body }: WebhookDelivery): Promise<number | undefined> {
    return this.#url === undefined ? undefined : this.#send(this.#url, id, body);
  }

  /** Resolves when every event so far is delivered, or has failed for the last time. */
  async settled(): Promise<void> {
    const queue = this.#queue;
    await queue;
    if (queue !== this.#queue) await this.settled();
  }

  /** @internal Only the own secret lasts: a given one may be that of a real endpoint. */
  snapshot(): unknown {
    return { signingSecret: this.#ownSecret };
  }

  /** @internal */
  restore(snapshot: unknown): void {
    this.#ownSecret = Kept.parse(snapshot).signingSecret;
  }

  /** @internal The own secret never changes. */
  onChange(): void {}

  clear(): void {
    this.#deliveries = [];
  }

  close(): void {
    this.#url = undefined;
    this.#closing.abort();
  }

  async #deliver(delivery: WebhookDelivery, url: string): Promise<void> {
    const { signal } = this.#closing;
    for (const [index, delay] of RETRY_DELAYS.entries()) {
      await sleep(delay, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const status = await this.#send(url, delivery.id, delivery.body);
      this.#record({ ...delivery, status, attempts: index + 1 });
      if (status !== undefined && status < 300) return;
    }
  }

  async #send(url: string, id: string, body: string): Promise<number | undefined> {
    const at = Math.floor(this.now() / 1000);
    const headers = signWebhook({ id, at, body }, this.signingSecret);
    try {
      const response = await this.#fetch(url, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/json', ...headers },
        redirect: 'manual',
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(TIMEOUT)]),
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      return undefined;
    }
  }

  #record(delivery: WebhookDelivery): void {
    const at = this.#deliveries.findIndex(({ id }) => id === delivery.id);
    if (at === -1) this.#deliveries.push(delivery);
    else this.#deliveries[at] = delivery;
    if (this.#deliveries.length > MAX_DELIVERIES) this.#deliveries.shift();
  }
}

const Kept = z.object({ signingSecret: z.string().startsWith('whsec_') });

const overNetwork: NonNullable<WebhookTarget['fetch']> = (url, init) => fetch(url, init);

/** Delay before each attempt, in milliseconds. */
const RETRY_DELAYS = [0, 200, 1_000] as const;
/** Of one attempt, in milliseconds. */
const TIMEOUT = 5_000;
const MAX_DELIVERIES = 1_000;

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  const isHttp = protocol === 'http:' || protocol === 'https:';
  return isHttp && /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/.test(hostname);
}

interface UnsignedWebhook {
  /** The same for every attempt of one delivery. */
  readonly id: string;
  /** Time of the attempt, in seconds since the epoch. */
  readonly at: number;
  readonly body: string;
}

/**
 * Signature headers as Svix, which sends Clerk's webhooks, sets them: Standard Webhooks with other
 * header names.
 *
 * @param signingSecret `whsec_` followed by the key in base64
 */
function signWebhook(
  { id, at, body }: UnsignedWebhook,
  signingSecret: string,
): Readonly<Record<string, string>> {
  const key = Buffer.from(signingSecret.slice(SECRET_PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
  return { 'svix-id': id, 'svix-timestamp': String(at), 'svix-signature': `v1,${signature}` };
}

const SECRET_PREFIX = 'whsec_';
