import { describe, expect, it } from 'vitest';
import { Secrets } from '../../src/cli/secrets.js';

describe('The output of doctor --live', () => {
  it('has no value that the run has seen, in texts, members and their names', () => {
    const secrets = new Secrets();
    secrets.keep('opaque-code-1', 'opaque-code-1-longer', 'short', undefined, 7);
    expect(secrets.redact('got opaque-code-1-longer and opaque-code-1, short')).toBe(
      'got [hidden] and [hidden], short',
    );
    const json = { facts: [{ 'opaque-code-1': 'x opaque-code-1', status: 200, none: null }] };
    expect(secrets.redactJson(json)).toEqual({
      facts: [{ '[hidden]': 'x [hidden]', status: 200, none: null }],
    });
  });

  it('names the instance by what it is', () => {
    const secrets = new Secrets();
    secrets.mask('https://lions.example', 'https://<frontend-api>');
    expect(secrets.redact('https://lions.example/oauth/token')).toBe(
      'https://<frontend-api>/oauth/token',
    );
  });

  it.each([
    ['sk_test_abc123', '[hidden]'],
    ['pk_live_abc123$', '[hidden]'],
    ['oat_ABCDEFGH12', '[hidden]'],
    ['eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2ln', '[hidden]'],
    ['lin@example.com', '[hidden]'],
    ['user_2abcDEFgh12', 'user_…'],
    ['user:org:read', 'user:org:read'],
  ])('has nothing that looks like %s, though nobody named it', (text, expected) => {
    expect(new Secrets().redact(`before ${text} after`)).toBe(`before ${expected} after`);
  });
});
