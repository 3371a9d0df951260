import { describe, expect, it } from 'vitest';
import { checkProxy } from '../../../../src/cli/doctor/production/check-proxy.js';
import type { ProbeResult } from '../../../../src/cli/probe.js';

const HSTS = 'max-age=31536000; includeSubDomains';

interface Front {
  readonly resource?: string;
  /** Headers of the answers over https. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What answers over http; absent: nothing does. */
  readonly plain?: { readonly status: number; readonly headers?: Readonly<Record<string, string>> };
  readonly trustProxy?: string;
}

async function examine({ resource = 'https://mcp.example.com/mcp', ...front }: Front) {
  const asked: string[] = [];
  const probe = async (url: string): Promise<ProbeResult> => {
    asked.push(url);
    const isPlain = url.startsWith('http:') && resource.startsWith('https:');
    const answer = isPlain ? front.plain : { status: 200, headers: front.headers };
    if (!answer) return { url, failure: 'ECONNREFUSED' };
    return {
      url,
      status: answer.status,
      headers: new Headers(answer.headers),
      json: {},
      date: undefined,
    };
  };
  const environment = { TRUST_PROXY: front.trustProxy };
  const checks = await checkProxy({ environment, resource, probe });
  return { asked, checks: Object.fromEntries(checks.map((check) => [check.name, check])) };
}

describe('what is in front of the server', () => {
  it('is in order', async () => {
    const { asked, checks } = await examine({
      headers: { 'strict-transport-security': HSTS, server: 'nginx/1.22.1' },
      plain: { status: 308, headers: { location: 'https://mcp.example.com/mcp' } },
      trustProxy: '10.0.0.0/8',
    });
    expect(Object.values(checks).map(({ name, status }) => `${name} ${status}`)).toEqual([
      'trust-proxy ok',
      'hsts ok',
      'plain-http ok',
    ]);
    expect(asked).toEqual([
      'https://mcp.example.com/.well-known/oauth-protected-resource/mcp',
      'http://mcp.example.com/mcp',
    ]);
  });

  it.each([
    [{ server: 'nginx' }, 'nginx'],
    [{ via: '1.1 Caddy' }, 'Caddy'],
    [{ 'cf-ray': 'x', server: 'cloudflare' }, 'Cloudflare'],
    [{ 'fly-request-id': 'x' }, 'The proxy of Fly'],
    [{ via: '1.1 something' }, 'A proxy'],
    [{}, 'A proxy that ends TLS'],
  ])('has to be named in TRUST_PROXY: %j', async (headers, proxy) => {
    const { checks } = await examine({ headers });
    expect(checks['trust-proxy']).toMatchObject({
      status: 'failure',
      message: expect.stringMatching(new RegExp(`^${proxy} is in front of the server`)),
      cure: expect.stringContaining('Set TRUST_PROXY'),
    });
  });

  it.each([
    ['0.0.0.0/0', 'failure'],
    ['10.0.0.0/8,::/0', 'failure'],
    ['128.0.0.0/1', 'failure'],
    ['10.0.0.0/8', 'ok'],
    ['fc00::/7', 'ok'],
    ['loopback', 'ok'],
  ])('TRUST_PROXY=%s is a %s', async (trustProxy, status) => {
    const { checks } = await examine({ trustProxy });
    expect(checks['trust-proxy']?.status).toBe(status);
  });

  it('is missing where a proxy is trusted', async () => {
    const resource = 'http://10.0.0.4:3000/mcp';
    const { checks } = await examine({ resource, trustProxy: 'uniquelocal' });
    expect(checks['trust-proxy']).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('no proxy is seen from here'),
    });
    expect(Object.keys(checks)).toEqual(['trust-proxy']);
    expect((await examine({ resource })).checks['trust-proxy']?.status).toBe('ok');
  });

  it.each([
    [undefined, 'warning'],
    ['max-age=0', 'warning'],
    ['max-age=86400', 'warning'],
    ['includeSubDomains', 'warning'],
    ['max-age="31536000"', 'ok'],
  ])('sends Strict-Transport-Security: %s, a %s', async (header, status) => {
    const headers = header === undefined ? {} : { 'strict-transport-security': header };
    const { checks } = await examine({ headers });
    expect(checks['hsts']?.status).toBe(status);
  });

  it.each([
    [undefined, 'ok'],
    [{ status: 301, headers: { location: 'https://mcp.example.com/mcp' } }, 'ok'],
    [{ status: 301, headers: { location: 'http://www.example.com/' } }, 'failure'],
    [{ status: 403 }, 'ok'],
    [{ status: 401 }, 'failure'],
    [{ status: 200 }, 'failure'],
  ])('answers over plain http %j: %s', async (plain, status) => {
    const { checks } = await examine(plain ? { plain } : {});
    expect(checks['plain-http']?.status).toBe(status);
  });

  it('is not asked over plain http at a port of its own', async () => {
    const { asked, checks } = await examine({ resource: 'https://mcp.example.com:8443/mcp' });
    expect(asked).toHaveLength(1);
    expect(checks['plain-http']).toBeUndefined();
  });
});
