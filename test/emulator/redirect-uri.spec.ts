import { describe, expect, it } from 'vitest';
import { matchesRedirectUri } from '../../src/emulator/oauth/redirect-uri.js';

describe('matchesRedirectUri', () => {
  it.each([
    ['https://app.example/cb', 'https://app.example/cb', true],
    ['https://app.example/cb', 'https://app.example/cb/', false],
    ['https://app.example/cb', 'https://app.example:444/cb', false],
    ['https://app.example/cb', 'https://app.example/cb?x=1', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:5000/cb', true],
    ['http://127.0.0.1:4000/cb', 'http://127.0.0.1:5000/cb', true],
    ['http://localhost/cb', 'http://localhost/cb', true],
    ['http://localhost:4000/cb', 'http://localhost:4000/cb', true],
    ['http://localhost:4000/cb', 'http://localhost/cb', false],
    ['http://localhost/cb', 'http://localhost:4000/cb', false],
    ['http://127.0.0.2/cb', 'http://127.0.0.2:5000/cb', false],
    ['http://127.0.0.1/cb?a=1', 'http://127.0.0.1:5000/cb', false],
    ['http://[::1]:4000/cb', 'http://[::1]:5000/cb', true],
    ['http://127.0.0.1/cb', 'http://localhost/cb', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:5000/other', false],
    ['http://127.0.0.1/cb', 'https://127.0.0.1:5000/cb', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1:5000/cb#x', false],
    ['http://127.0.0.1/cb', 'http://user@127.0.0.1:5000/cb', false],
    ['http://127.0.0.1/cb', 'http://127.0.0.1.evil.example/cb', false],
    ['cursor://callback', 'cursor://callback', true],
    ['cursor://callback', 'cursor://callback:1', false],
    ['http://127.0.0.1/cb', 'not a uri', false],
  ])('%s against %s: %s', (registered, requested, expected) => {
    expect(matchesRedirectUri(registered, requested, 'any_port')).toBe(expected);
  });

  it('compares as strings where ports are exact', () => {
    const matches = (requested: string) =>
      matchesRedirectUri('http://127.0.0.1:4000/cb', requested, 'exact');
    expect(matches('http://127.0.0.1:4000/cb')).toBe(true);
    expect(matches('http://127.0.0.1:5000/cb')).toBe(false);
  });
});
