import { Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { verifyWebhook } from '@clerk/backend/webhooks';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { resolveClerkOptions } from '../../../src/clerk/resolve-clerk-options.js';
import type { ClerkRevocations } from '../../../src/clerk/revocation/clerk-revocations.js';
import { InProcessBackplane } from '../../../src/backplane/in-process-backplane.js';
import type { DirectoryChanges } from '../../../src/clerk/webhooks/directory-changes.js';
import { ClerkWebhooks } from '../../../src/clerk/webhooks/clerk-webhooks.js';
import { event, signed, SIGNING_SECRET, type Signed } from './signed-webhook.js';

/** A case that the tests of Clerk's SDK have, as data: headers over those of a good delivery. */
interface WebhookCase {
  readonly body?: unknown;
  /** Seconds from now. */
  readonly at?: number;
  /** `$` is the good signature, without its version. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly secret?: string;
  readonly clerk: 'accepts' | 'refuses';
  /** Where the receiver decides otherwise. */
  readonly differs?: string;
}

const OTHER = `whsec_${Buffer.from('another key, somebody else').toString('base64')}`;

const CASES: Readonly<Record<string, WebhookCase>> = {
  good: { clerk: 'accepts' },
  'with attributes': {
    body: {
      type: 'user.created',
      data: { id: 'user_1' },
      event_attributes: { http_request: { client_ip: '192.0.2.1', user_agent: 'test' } },
    },
    clerk: 'accepts',
  },
  'an event of an unknown type': { body: { type: 'new.thing', data: {} }, clerk: 'accepts' },
  'no event': { body: { hello: 'world' }, clerk: 'accepts' },
  'no headers': {
    headers: { 'svix-id': undefined, 'svix-timestamp': undefined, 'svix-signature': undefined },
    clerk: 'refuses',
  },
  'no id': { headers: { 'svix-id': undefined }, clerk: 'refuses' },
  'no timestamp': { headers: { 'svix-timestamp': undefined }, clerk: 'refuses' },
  'no signature': { headers: { 'svix-signature': undefined }, clerk: 'refuses' },
  'an empty id': { headers: { 'svix-id': '' }, clerk: 'refuses' },
  'an id of white space': { headers: { 'svix-id': '  \t  ' }, clerk: 'refuses' },
  'a timestamp of white space': { headers: { 'svix-timestamp': '   ' }, clerk: 'refuses' },
  'white space around the signature': {
    headers: { 'svix-signature': '  v1,$ ' },
    clerk: 'accepts',
  },
  'a timestamp that is no number': { headers: { 'svix-timestamp': 'now' }, clerk: 'refuses' },
  'a signature that is none': { headers: { 'svix-signature': 'v1,invalid' }, clerk: 'refuses' },
  'an empty signature': { headers: { 'svix-signature': 'v1,' }, clerk: 'refuses' },
  'a second signature that fits': {
    headers: { 'svix-signature': 'v1,invalid v1,$' },
    clerk: 'accepts',
  },
  'a first signature that fits': {
    headers: { 'svix-signature': 'v1,$ v1,invalid' },
    clerk: 'accepts',
  },
  'two signatures that do not fit': {
    headers: { 'svix-signature': 'v1,invalid v1,AAAA' },
    clerk: 'refuses',
  },
  'signatures with commas between': {
    headers: { 'svix-signature': 'v1,invalid,v1,$' },
    clerk: 'refuses',
  },
  'another version': { headers: { 'svix-signature': 'v2,$' }, clerk: 'refuses' },
  'the asymmetric version': { headers: { 'svix-signature': 'v1a,$' }, clerk: 'refuses' },
  'another version beside ours': {
    headers: { 'svix-signature': 'v2,AAAA v1,$' },
    clerk: 'accepts',
  },
  'no version': { headers: { 'svix-signature': '$' }, clerk: 'refuses' },
  'headers of Standard Webhooks': {
    headers: {
      'svix-id': undefined,
      'svix-timestamp': undefined,
      'svix-signature': undefined,
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1',
      'webhook-signature': 'v1,$',
    },
    clerk: 'refuses',
  },
  'another id than the signed one': { headers: { 'svix-id': 'msg_other' }, clerk: 'refuses' },
  'another secret': { secret: OTHER, clerk: 'refuses' },
  'almost five minutes old': { at: -290, clerk: 'accepts' },
  'older than five minutes': { at: -310, clerk: 'refuses' },
  'almost five minutes early': { at: 290, clerk: 'accepts' },
  'more than five minutes early': { at: 310, clerk: 'refuses' },
  'a body that is no JSON': { body: 'hello', clerk: 'refuses' },
  'a body over 128 KiB': {
    body: { type: 'user.created', data: { id: 'x'.repeat(140_000) } },
    clerk: 'accepts',
    differs: 'a delivery of Clerk has a few KB',
  },
  'another content type': {
    headers: { 'content-type': 'text/plain' },
    clerk: 'accepts',
    differs: 'a browser can send this content type from any page',
  },
};

beforeEach(() => void vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined));
afterEach(() => void vi.restoreAllMocks());

describe('a webhook, beside verifyWebhook of the SDK of Clerk', () => {
  it.each(Object.entries(CASES))('%s', async (_, one) => {
    const { body, headers } = delivery(one);
    const theirs = await verdictOf(
      verifyWebhook(new Request('https://webhook.invalid/', { method: 'POST', headers, body }), {
        signingSecret: SIGNING_SECRET,
      }),
    );
    expect(theirs).toBe(one.clerk);
    const rawBody = Buffer.from(body);
    const request = { headers: { 'content-length': String(rawBody.length), ...headers }, rawBody };
    const ours = await verdictOf(receiver().receive(request));
    expect(ours !== theirs).toBe(one.differs !== undefined);
  });
});

function receiver(): ClerkWebhooks {
  const options = resolveClerkOptions({
    secretKey: 'sk_test_fixture',
    clerkDomain: 'clerk.example.com',
    baseURL: 'https://mcp.example.com',
    webhooks: { signingSecret: SIGNING_SECRET },
  });
  const revocations = { revoke: async () => undefined } as unknown as ClerkRevocations;
  const changes = { forget: async () => undefined } as unknown as DirectoryChanges;
  return new ClerkWebhooks(
    options,
    revocations,
    changes,
    new HttpAdapterHost(),
    new InProcessBackplane(),
  );
}

function delivery({ body, at = 0, headers = {}, secret = SIGNING_SECRET }: WebhookCase): Signed {
  const given = signed(body ?? event('user.created', { id: 'user_123' }), {
    id: 'msg_1',
    at: Math.floor(Date.now() / 1000) + at,
    secret,
  });
  const signature = given.headers['svix-signature']?.replace('v1,', '') ?? '';
  const all = Object.entries({ ...given.headers, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value.replace('$', () => signature)] as const],
  );
  return { body: given.body, headers: Object.fromEntries(all) };
}

const verdictOf = (verification: Promise<unknown>): Promise<WebhookCase['clerk']> =>
  verification.then(
    () => 'accepts',
    () => 'refuses',
  );
