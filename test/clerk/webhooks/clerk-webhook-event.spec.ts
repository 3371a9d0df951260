import { describe, expect, it } from 'vitest';
import {
  changeOfEvent,
  readWebhookEvent,
  revocationOfEvent,
} from '../../../src/clerk/webhooks/clerk-webhook-event.js';
import { event } from './signed-webhook.js';

const AT = 1_700_000_000_000;
const membership = {
  id: 'orgmem_1',
  role: 'org:member',
  organization: { id: 'org_1' },
  public_user_data: { user_id: 'user_1' },
};
const revoked = (type: string, data: object, timestamp: unknown = AT) => {
  const read = readWebhookEvent(event(type, data, timestamp));
  return read && revocationOfEvent(read);
};

describe('revocationOfEvent', () => {
  it.each([
    ['session.ended', { id: 'sess_1' }, { sessionId: 'sess_1' }],
    ['session.removed', { id: 'sess_1' }, { sessionId: 'sess_1' }],
    ['session.revoked', { id: 'sess_1' }, { sessionId: 'sess_1' }],
    ['session.pending', { id: 'sess_1' }, { sessionId: 'sess_1', before: AT }],
    ['user.deleted', { id: 'user_1', deleted: true }, { userId: 'user_1' }],
    ['user.updated', { id: 'user_1', banned: true }, { userId: 'user_1', before: AT }],
    ['user.updated', { id: 'user_1', locked: true }, { userId: 'user_1', before: AT }],
    ['user.updated', { id: 'user_1', deprovisioned: true }, { userId: 'user_1', before: AT }],
    ['organization.deleted', { id: 'org_1', deleted: true }, { organizationId: 'org_1' }],
    [
      'organizationMembership.deleted',
      membership,
      { userId: 'user_1', organizationId: 'org_1', before: AT },
    ],
    [
      'organizationMembership.updated',
      membership,
      { userId: 'user_1', organizationId: 'org_1', before: AT, exceptRole: 'org:member' },
    ],
  ])('%s %o', (type, data, revocation) => {
    expect(revoked(type, data)).toEqual(revocation);
  });

  it.each([
    ['session.created', { id: 'sess_1' }],
    ['user.created', { id: 'user_1', banned: true }],
    ['user.updated', { id: 'user_1', banned: false, locked: false }],
    ['organization.updated', { id: 'org_1' }],
    ['organizationMembership.created', membership],
    ['oauthApplication.deleted', { id: 'oa_1' }],
    ['role.updated', { id: 'role_1', key: 'org:admin' }],
    ['permission.deleted', { id: 'perm_1' }],
  ])('is nothing for %s %o', (type, data) => {
    expect(revoked(type, data)).toBeUndefined();
  });

  it.each([
    ['session.ended', {}],
    ['session.pending', {}],
    ['session.ended', { id: 1 }],
    ['session.ended', { id: '' }],
    ['user.deleted', { id: null }],
    ['organizationMembership.deleted', { ...membership, organization: null }],
    ['organizationMembership.deleted', { ...membership, organization: { id: 1 } }],
    ['organizationMembership.deleted', { ...membership, public_user_data: undefined }],
    ['organizationMembership.updated', { ...membership, public_user_data: {} }],
    ['organizationMembership.updated', { ...membership, role: undefined }],
  ])('never grows wider for want of an id: %s %o', (type, data) => {
    expect(revoked(type, data)).toBeUndefined();
  });

  it('reads seconds as well, and takes now for want of a time', () => {
    const banned = { id: 'user_1', banned: true };
    expect(revoked('user.updated', banned, 1_700_000_000)).toMatchObject({ before: AT });
    const before = Date.now();
    for (const time of [null, '1700000000000', NaN, -1, 0]) {
      const revocation = revoked('user.updated', banned, time);
      expect(revocation?.before).toBeGreaterThanOrEqual(before);
    }
  });

  it.each([null, 'event', [], {}, { type: 1, data: {} }, { type: 'user.deleted' }])(
    'reads no event out of %o',
    (body) => {
      expect(readWebhookEvent(body)).toBeUndefined();
    },
  );
});

describe('changeOfEvent', () => {
  const changed = (type: string, data: object) => {
    const read = readWebhookEvent(event(type, data, AT));
    return read && changeOfEvent(read);
  };

  it.each([
    ['role.created', { id: 'role_1' }, { memberships: 'all' }],
    ['role.updated', { id: 'role_1' }, { memberships: 'all' }],
    ['role.deleted', { id: 'role_1' }, { memberships: 'all' }],
    ['permission.created', { id: 'perm_1' }, { memberships: 'all' }],
    ['permission.updated', { id: 'perm_1' }, { memberships: 'all' }],
    ['permission.deleted', { id: 'perm_1' }, { memberships: 'all' }],
    ['user.updated', { id: 'user_1' }, { userId: 'user_1' }],
    ['organization.updated', { id: 'org_1' }, { organizationId: 'org_1' }],
    ['organizationMembership.created', membership, { userId: 'user_1' }],
    ['organizationMembership.updated', membership, { userId: 'user_1' }],
  ])('%s', (type, data, change) => {
    expect(changed(type, data)).toEqual(change);
  });

  it.each([
    ['session.pending', { id: 'sess_1' }],
    ['user.updated', { id: 1 }],
    ['organization.updated', {}],
    ['organizationMembership.created', { ...membership, public_user_data: null }],
    ['organization.created', { id: 'org_1' }],
    ['sms.created', { id: 'sms_1' }],
    ['roles.updated', { id: 'role_1' }],
    ['something.new', {}],
  ])('is none for %s %o', (type, data) => {
    expect(changed(type, data)).toBeUndefined();
  });
});
