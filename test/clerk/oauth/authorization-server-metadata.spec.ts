import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  AuthorizationServerMirror,
  publishedMetadata,
} from '../../../src/clerk/oauth/authorization-server-metadata.js';
import type { ResolvedClerkOptions } from '../../../src/clerk/resolved-clerk-options.js';

const ISSUER = 'https://clerk.example.com';
const LOCAL = 'http://127.0.0.1:4010';
const NAMES = [
  'issuer',
  'authorization_endpoint',
  'pushed_authorization_request_endpoint',
  'jwks_uri',
  'op_policy_uri',
  'redirect_uris',
  'logo_url',
  'check_session_iframe',
  'service_documentation',
  'protected_resources',
];

describe('publishedMetadata', () => {
  it.each(NAMES)('passes on an https URL in %s', (name) => {
    const document = { [name]: 'https://other.example.com/x?y=1' };
    expect(publishedMetadata(document, ISSUER)).toEqual(document);
  });

  it.each(
    NAMES.flatMap((name) =>
      [
        'http://clerk.example.com/token',
        'http://127.0.0.1:4010/token',
        'javascript:alert(1)',
        ' javascript:alert(1)',
        'file:///etc/passwd',
        'data:text/html,x',
        '//evil.example.com',
        'https:evil.example.com',
        'https://user:pass@evil.example.com/',
        'https://a.example.com/\n',
        'https://',
        '',
        7,
        null,
        { url: 'https://a.example.com' },
      ].map((value) => [name, value] as const),
    ),
  )('leaves %s out when it is %j', (name, value) => {
    expect(publishedMetadata({ [name]: value, scopes_supported: [] }, ISSUER)).toEqual({
      scopes_supported: [],
    });
  });

  it('passes on http URLs of this machine where the issuer is on this machine', () => {
    const document = { issuer: LOCAL, token_endpoint: 'http://localhost:4010/token' };
    expect(publishedMetadata(document, LOCAL)).toEqual(document);
    expect(publishedMetadata({ token_endpoint: 'http://10.0.0.7/token' }, LOCAL)).toEqual({});
    expect(publishedMetadata({ token_endpoint: 'http://127.0.0.1.evil.example' }, LOCAL)).toEqual(
      {},
    );
  });

  it('looks into lists and objects', () => {
    const document = {
      protected_resources: ['https://a.example.com', 'javascript:alert(1)'],
      mtls_endpoint_aliases: { token_endpoint: 'http://a.example.com', x: 1 },
      made_up: [{ jwks_uri: 'file:///x' }, 'text'],
    };
    expect(publishedMetadata(document, ISSUER)).toEqual({
      protected_resources: ['https://a.example.com'],
      mtls_endpoint_aliases: { x: 1 },
      made_up: [{}, 'text'],
    });
  });

  it('leaves everything else as it is', () => {
    const document = {
      scopes_supported: ['profile', 'user:org:read', 'urn:x:y'],
      response_types_supported: ['code'],
      token_endpoint_auth_methods_supported: ['none'],
      client_id_metadata_document_supported: true,
      nothing: null,
      age: 3,
    };
    expect(publishedMetadata(document, ISSUER)).toEqual(document);
  });

  it('follows no endless nesting', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`);
    expect(publishedMetadata({ deep }, ISSUER)).toEqual({ deep: [[[[]]]] });
  });
});

describe('AuthorizationServerMirror', () => {
  const start = () => {
    vi.useFakeTimers();
    const fetched = vi
      .spyOn(globalThis, 'fetch')
      .mockImplementation(async () =>
        Response.json({ issuer: ISSUER, scopes_supported: ['offline_access'] }),
      );
    onTestFinished(() => {
      vi.useRealTimers();
      fetched.mockRestore();
    });
    const limits = { documentTtlMs: 60_000, failureCoolDownMs: 5_000, timeoutMs: 5_000 };
    const mirror = new AuthorizationServerMirror({
      issuer: ISSUER,
      limits,
    } as ResolvedClerkOptions);
    return { mirror, fetched };
  };

  it('fetches the metadata ahead of time, but not beside the first request', async () => {
    const { mirror, fetched } = start();
    mirror.prefetch();
    await vi.advanceTimersByTimeAsync(999);
    expect(fetched).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(fetched).toHaveBeenCalledOnce();
    expect(mirror.advertises('offline_access')).toBe(true);
    expect(fetched).toHaveBeenCalledOnce();
  });

  it('fetches it at once for the first challenge, and once only', async () => {
    const { mirror, fetched } = start();
    mirror.prefetch();
    expect(mirror.advertises('offline_access')).toBe(false);
    expect(fetched).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(mirror.advertises('offline_access')).toBe(true);
    expect(fetched).toHaveBeenCalledOnce();
  });

  it('fetches nothing after the shutdown', async () => {
    const { mirror, fetched } = start();
    mirror.prefetch();
    mirror.onApplicationShutdown();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(fetched).not.toHaveBeenCalled();
  });
});
