import { describe, expect, it } from 'vitest';
import { AccessRefusedError } from '../../src/access/access.errors.js';
import { authenticateToken } from '../../src/access/authenticate-token.js';
import type { TokenAuthenticator } from '../../src/request/authentication.js';
import { oauth } from './support.js';

const who = oauth();
const throwing = (error: Error): TokenAuthenticator => ({
  authenticate: async () => {
    throw error;
  },
});

describe('authenticateToken', () => {
  it('has the principal of a valid token, verified for the resource', async () => {
    const asked: unknown[] = [];
    const authenticator: TokenAuthenticator = {
      authenticate: async (...args) => {
        asked.push(args);
        return who;
      },
    };
    expect(await authenticateToken(authenticator, 'token', 'admin')).toEqual({ principal: who });
    expect(asked).toEqual([['token', 'admin']]);
  });

  it('returns the refusal of a token that is not valid', async () => {
    const refusal = { reason: 'invalid_token', description: 'Wrong signature.' } as const;
    const result = await authenticateToken(throwing(new AccessRefusedError(refusal)), 'token');
    expect(result).toStrictEqual({ refusal });
  });

  it('hides no error that is not a refusal', async () => {
    await expect(authenticateToken(throwing(new Error('a bug')), 'token')).rejects.toThrow('a bug');
  });
});
