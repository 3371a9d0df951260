import { describe, expect, it } from 'vitest';
import { subjectOf } from '../../src/audit/audit-event.js';
import { oauth, session } from '../access/support.js';

describe('The subject of an audit event', () => {
  it('names who impersonates the user', () => {
    expect(subjectOf(session({ actor: 'user_9' }))).toMatchObject({
      subject: 'user_1',
      actor: 'user_9',
    });
  });

  it('names who acts by delegation, by ids alone', () => {
    const delegation = [{ subject: 'agent', issuer: 'https://idp.test' }, { subject: 'service' }];
    expect(subjectOf(oauth({ delegation }))).toEqual({
      subject: 'user_1',
      userId: 'user_1',
      tokenType: 'oauth_token',
      delegation: ['agent', 'service'],
    });
  });

  it('names nobody for an anonymous caller', () => {
    expect(subjectOf(undefined)).toEqual({});
  });
});
