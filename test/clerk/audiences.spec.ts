import { describe, expect, it } from 'vitest';
import {
  acceptsAudience,
  audienceProblem,
  MAX_AUDIENCES,
  normalizeAudience,
  readAudiences,
  showAudience,
} from '../../src/clerk/audiences.js';

const RESOURCE = 'https://mcp.example.com/mcp';

describe('normalizeAudience', () => {
  it.each([
    ['HTTPS://MCP.Example.com/mcp', RESOURCE],
    ['https://mcp.example.com:443/mcp', RESOURCE],
    ['https://mcp.example.com:/mcp', RESOURCE],
    ['https://mcp.example.com/./a/../mcp', RESOURCE],
    ['https://mcp.example.com/%6Dc%70', RESOURCE],
    ['https://mcp.example.com/%6d%63p', RESOURCE],
    ['https://mcp.example.com', 'https://mcp.example.com/'],
    ['https://mcp.example.com/a%2fb?x=%3d', 'https://mcp.example.com/a%2Fb?x=%3D'],
    ['http://[::1]:80/mcp', 'http://[::1]/mcp'],
    ['http://[0:0:0:0:0:0:0:1]:3000/mcp', 'http://[::1]:3000/mcp'],
  ])('reads %s as %s', (uri, normal) => {
    expect(normalizeAudience(uri)).toBe(normal);
    expect(normalizeAudience(normal)).toBe(normal);
  });

  it('keeps what makes a difference', () => {
    const distinct = [
      RESOURCE,
      `${RESOURCE}/`,
      `${RESOURCE}//`,
      `${RESOURCE}?`,
      `${RESOURCE}?a=1&b=2`,
      `${RESOURCE}?b=2&a=1`,
      `${RESOURCE}#`,
      'http://mcp.example.com/mcp',
      'https://mcp.example.com:444/mcp',
      'https://mcp.example.com./mcp',
      'https://user@mcp.example.com/mcp',
      'https://mcp.example.com/MCP',
      'https://mcp.example.com/%2Fmcp',
    ];
    expect(new Set(distinct.map(normalizeAudience)).size).toBe(distinct.length);
  });

  it.each([
    'http://127.1:3000/mcp',
    'http://2130706433:3000/mcp',
    'http://0x7f.0.0.1:3000/mcp',
    'http:\\\\127.0.0.1:3000\\mcp',
    'http:127.0.0.1:3000/mcp',
    'http:///127.0.0.1:3000/mcp',
    ' http://127.0.0.1:3000/mcp',
    'http://127.0.0.1:3000/mcp\n',
    'http://127.0.0.1\t:3000/mcp',
    'http://%31%32%37.0.0.1:3000/mcp',
    'ftp://127.0.0.1:3000/mcp',
    'client_1',
    '',
  ])('leaves %j alone, which only a lenient parser takes for an address', (uri) => {
    expect(normalizeAudience(uri)).toBe(uri);
    expect(acceptsAudience(['http://127.0.0.1:3000/mcp'], uri)).toBe(false);
  });

  it('takes a time that grows with the length of what a token can hold', () => {
    for (const part of ['@', 'a', '%41', ':', '/.', '*', '[', 'a@']) {
      const long = `https://${part.repeat(8_000 / part.length)}`;
      const started = performance.now();
      normalizeAudience(long);
      normalizeAudience(`${long}\n`);
      expect(performance.now() - started).toBeLessThan(2_000);
    }
  });
});

describe('the option audiences', () => {
  const bad = [
    'mcp.example.com',
    '/mcp',
    'my-server',
    'urn:example:mcp',
    'ftp://mcp.example.com/mcp',
    `${RESOURCE}#tools`,
    `${RESOURCE}#`,
    'https://mcp.example.com/a b',
    'https://exämple.com/mcp',
    'https://mcp.example.com/%zz',
    'https://mcp.example.com:99999/mcp',
    'https:///mcp',
    'https://user:geheim@mcp.example.com/mcp',
    'https://*.example.com/mcp',
    'https://mcp.example.com/*',
    '*',
    '',
    `https://mcp.example.com/${'x'.repeat(2_048)}`,
    7,
    null,
    undefined,
    {},
  ];
  it.each(bad)('stops the boot for %j, and says what to write', (audience) => {
    const read = () => readAudiences('audiences', [audience as string]);
    expect(read).toThrow(/^\[Clerk\] audiences: ".*(Write|Leave)/s);
    const problem = audienceProblem(audience) ?? '';
    expect(problem.length).toBeLessThan(500);
    expect(problem).not.toContain('geheim');
  });

  it('stops the boot for too many, and for what is no list', () => {
    const many = (count: number) => Array.from({ length: count }, (_, n) => `${RESOURCE}?n=${n}`);
    expect(readAudiences('audiences', many(MAX_AUDIENCES))).toHaveLength(MAX_AUDIENCES);
    expect(() => readAudiences('audiences', many(MAX_AUDIENCES + 1))).toThrow('at most 20');
    expect(() => readAudiences('audiences', RESOURCE as never)).toThrow('is not a list');
  });

  it('takes older names, queries and trailing slashes, each as it is written', () => {
    const given = ['https://old.example.com/mcp', `${RESOURCE}?tenant=a`, `${RESOURCE}/`];
    expect(readAudiences('audiences', given)).toEqual(given);
    expect(given.map((audience) => audienceProblem(audience))).toEqual(given.map(() => undefined));
  });
});

describe('showAudience', () => {
  it('is one bounded line of printable ASCII without a password', () => {
    const evil = `https://u:geheim@x.example/\r\n[Clerk] \u202E\u001B[31m"${'x'.repeat(9_000)}`;
    const shown = showAudience(evil);
    expect(shown).toMatch(/^[\x20-\x7E]+$/);
    expect(shown).not.toContain('geheim');
    expect(shown.length).toBeLessThan(300);
    expect(showAudience(`https://u:${'geheim'.repeat(100)}@x.example`)).not.toContain('geheim');
    expect(showAudience({ a: 1 })).toBe(String.raw`"{\"a\":1}"`);
  });
});
