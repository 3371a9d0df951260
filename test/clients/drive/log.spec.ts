import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ClientLog, withoutSecrets } from './log.js';

const secret = randomBytes(24).toString('base64url');
const jwt = `eyJ${secret}.eyJ${secret}.${secret}`;

describe('The log of a client', () => {
  it.each([
    ['a header', `Authorization: Bearer ${secret}`],
    ['Basic credentials', `authorization: 'Basic ${secret}'`],
    ['a JWT anywhere', `got ${jwt} and goes on`],
    ['a JWT that is cut', `got eyJ${secret}.eyJ`],
    ['a token response', `{"access_token":"${secret}","refresh_token": "${secret}"}`],
    ['an object of Node', `{ refresh_token: '${secret}' }`],
    ['a form', `grant_type=refresh_token&refresh_token=${secret}&client_secret=${secret}`],
    ['a callback', `http://127.0.0.1:33418/callback?code=${secret}&state=${secret}`],
    ['a callback in a query', `?to=%2Fcallback%3Fcode%3D${secret}`],
    ['the verifier', `code_verifier=${secret}&x=1`],
    ['a secret key', `CLERK_SECRET_KEY=sk_test_${secret}`],
    ['an opaque token', `oat_${secret}`],
  ])('does not have %s', (_what, line) => {
    expect(withoutSecrets(line)).not.toContain(secret);
  });

  it('keeps what a reader needs', () => {
    const line = 'server: POST /oauth/token 200, error code: -32001, GET /mcp 401 Bearer';
    expect(withoutSecrets(line)).toBe(line);
  });

  it('replaces secrets of every line that is added', () => {
    const log = new ClientLog();
    log.add(`Bearer ${secret}`);
    expect(log.lines).toEqual(['Bearer ***']);
  });
});
