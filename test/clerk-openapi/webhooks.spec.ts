import { describe, expect, it } from 'vitest';
import { clerkUnderTest } from './support.js';
import { webhookProblems } from './webhook-events.js';

describe('Webhooks of the emulator', () => {
  const clerk = clerkUnderTest({
    webhook: {
      url: 'https://app.example/webhooks',
      fetch: async () => new Response(null, { status: 204 }),
    },
  });

  it('have the payloads that Clerk documents', async () => {
    const { users, sessions, organizations, roles, invitations, webhooks } = clerk.emulator;
    const user = users.create({ emailAddress: 'lin@example.com', externalId: 'lin-1' });
    users.update(user.id, { firstName: 'Lin' });
    const organization = organizations.create({ name: 'Looms', slug: 'looms', createdBy: user.id });
    for (const role of ['org:member', 'org:admin']) {
      organizations.addMember({ organization: organization.id, user: user.id, role });
    }
    organizations.update(organization.id, { name: 'Mills' });
    const weaver = roles.define({ key: 'org:weaver', permissions: ['org:looms:use'] });
    roles.updatePermission('org:looms:use', { key: 'org:looms:drive' });
    roles.deletePermission('org:looms:drive');
    const [accepted, revoked] = ['kim@example.com', 'ann@example.com'].map((emailAddress) =>
      invitations.create({
        emailAddress,
        membership: { organizationId: organization.id, role: weaver.key },
        inviterId: user.id,
      }),
    );
    const kim = users.create({ emailAddress: 'kim@example.com' });
    invitations.accept(accepted?.id ?? '', kim.id);
    invitations.revoke(revoked?.id ?? '');
    expect(organizations.membership(organization.id, kim.id)?.role).toBe('org:weaver');
    roles.delete(weaver.id);
    const session = sessions.create({ user: user.id, organization: organization.id });
    sessions.revoke(session.id);
    for (const status of ['ended', 'removed', 'pending'] as const) {
      sessions.setStatus(sessions.create({ user: user.id }).id, status);
    }
    organizations.removeMember(organization.id, user.id);
    organizations.delete(organization.id);
    users.delete(user.id);
    await webhooks.settled();

    const problems = webhooks.deliveries.flatMap(({ body }) => webhookProblems(body));
    if (problems.length > 0) expect.fail([...new Set(problems)].join('\n'));
    const types = new Set(webhooks.deliveries.map(({ type }) => type));
    expect([...types]).toEqual(
      expect.arrayContaining([
        'user.created',
        'user.updated',
        'user.deleted',
        'session.created',
        'session.ended',
        'session.removed',
        'session.revoked',
        'organization.created',
        'organization.updated',
        'organization.deleted',
        'organizationMembership.created',
        'organizationMembership.updated',
        'organizationMembership.deleted',
        'organizationInvitation.created',
        'organizationInvitation.accepted',
        'organizationInvitation.revoked',
        'role.created',
        'role.updated',
        'role.deleted',
        'permission.created',
        'permission.updated',
        'permission.deleted',
      ]),
    );
  });
});

describe('webhookProblems', () => {
  it('finds an unknown event, and data of another form', () => {
    expect(webhookProblems('{"type":"nothing.created"}')).toHaveLength(1);
    expect(webhookProblems('{"type":"user.deleted","object":"event","data":{}}')).not.toEqual([]);
  });
});
