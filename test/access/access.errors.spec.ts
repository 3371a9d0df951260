import { describe, expect, it } from 'vitest';
import {
  AccessError,
  AccessRefusedError,
  ContradictoryAccessError,
  InvalidAccessRuleError,
  MissingPolicyError,
  RefusedRequestException,
  UnverifiableAccessError,
} from '../../src/access/access.errors.js';

const PAGE = 'https://nestjs-clerk-mcp.github.io/nestjs-clerk-mcp/access';
const forbidden = { reason: 'forbidden', description: 'Not you.' } as const;

class Tools {
  run() {}
}

describe('errors of access rules', () => {
  it.each<[AccessError, code: string, name: string, message: string]>([
    [
      new ContradictoryAccessError(Tools, 'run'),
      'CONTRADICTORY_ACCESS',
      'ContradictoryAccessError',
      `Tools.run is both @Public() and protected. Keep @Public() or the decorator that requires a principal. See ${PAGE}`,
    ],
    [
      new ContradictoryAccessError(Tools.prototype, undefined, 'is torn. Mend it.'),
      'CONTRADICTORY_ACCESS',
      'ContradictoryAccessError',
      `Tools is torn. Mend it. See ${PAGE}`,
    ],
    [
      new InvalidAccessRuleError('A required role needs a name.', 'Tools.run'),
      'INVALID_ACCESS_RULE',
      'InvalidAccessRuleError',
      'Tools.run: A required role needs a name.',
    ],
    [
      new InvalidAccessRuleError('A required role needs a name.'),
      'INVALID_ACCESS_RULE',
      'InvalidAccessRuleError',
      'A required role needs a name.',
    ],
    [
      new MissingPolicyError('Tools.run', 'Quota', 'is not a provider. Add it.'),
      'MISSING_POLICY',
      'MissingPolicyError',
      'Quota, which decides on access to Tools.run, is not a provider. Add it.',
    ],
    [
      new UnverifiableAccessError('Tools.run'),
      'UNVERIFIABLE_ACCESS',
      'UnverifiableAccessError',
      `Tools.run has @VerifyAlways(), but no provider of the application can verify a credential again. Import an authentication module that can, such as ClerkAuthModule, or provide PrincipalRenewal. See ${PAGE}`,
    ],
  ])('%s', (error, code, name, message) => {
    expect(error).toBeInstanceOf(AccessError);
    expect(error).toMatchObject({ code, name, message });
  });
});

describe('AccessRefusedError', () => {
  it('has the refusal and its cause, and no stack to collect', () => {
    const cause = new Error('a reason');
    const error = new AccessRefusedError(forbidden, { cause });
    expect(error).toMatchObject({
      code: 'ACCESS_REFUSED',
      name: 'AccessRefusedError',
      message: 'Access refused: forbidden.',
      refusal: forbidden,
      cause,
    });
    expect(error.stack).not.toContain('\n');
  });
});

describe('RefusedRequestException', () => {
  const body = { error: 'forbidden', error_description: 'Not you.' };

  it('has the status and a copy of the body, for any exception filter', () => {
    const cause = new Error('a reason');
    const answer = { status: 403, headers: { 'cache-control': 'no-store' }, body };
    const error = new RefusedRequestException(forbidden, answer, { cause });
    expect(error).toMatchObject({
      code: 'REFUSED_REQUEST',
      name: 'RefusedRequestException',
      refusal: forbidden,
      cause,
    });
    expect(error.getStatus()).toBe(403);
    expect(error.getResponse()).toEqual(body);
    expect(error.getResponse()).not.toBe(body);
    expect(error.stack).not.toContain('\n');
  });

  it('has the description of the body for a message, or else its error', () => {
    const messageOf = (body: Record<string, string>) =>
      new RefusedRequestException(forbidden, { status: 403, headers: {}, body }).message;
    expect(messageOf(body)).toBe('Not you.');
    expect(messageOf({ error: 'forbidden' })).toBe('forbidden');
  });
});
