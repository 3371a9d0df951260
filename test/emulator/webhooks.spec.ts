import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createClerkClient } from '@clerk/backend';
import { verifyWebhook, type WebhookEvent } from '@clerk/backend/webhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  EmulatorWebhookTargetError,
  startClerkEmulator,
  type ClerkEmulator,
} from '../../src/emulator/index.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let emulator: ClerkEmulator;
let received: Received[];
let statuses: number[];
let url: string;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(statuses.shift() ?? 204).end();
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(async () => {
  received = [];
  statuses = [];
  emulator = await startClerkEmulator();
  emulator.webhooks.sendTo({ url });
});
afterEach(() => emulator.close());

/** The event that Clerk's SDK reads from a delivery. */
const read = ({ headers, body }: Received, signingSecret: string): Promise<WebhookEvent> => {
  const entries = Object.entries(headers).filter(([name]) => name.startsWith('svix-'));
  const init = { method: 'POST', body, headers: entries as [string, string][] };
  return verifyWebhook(new Request('https://x.test', init), { signingSecret });
};
const events = async () => {
  await emulator.webhooks.settled();
  return Promise.all(received.map((one) => read(one, emulator.webhooks.signingSecret)));
};
const client = () =>
  createClerkClient({
    apiUrl: emulator.url,
    secretKey: emulator.secretKey,
    telemetry: { disabled: true },
  });

describe('Webhooks of the emulator', () => {
  it('announce every change in order, with signatures that the SDK accepts', async () => {
    const { users, sessions, organizations } = emulator;
    const { id: user } = users.create({ emailAddress: 'lin@example.com' });
    const { id: organization } = organizations.create({ name: 'Looms' });
    organizations.addMember({ organization, user });
    organizations.addMember({ organization, user, role: 'org:admin' });
    const { id: session } = sessions.create({ user });
    sessions.revoke(session);
    users.update(user, { banned: true });
    organizations.removeMember(organization, user);
    organizations.delete(organization);
    users.delete(user);
    expect((await events()).map(({ type, data }) => [type, data])).toMatchObject([
      ['user.created', { object: 'user', id: user, banned: false }],
      ['organization.created', { object: 'organization', id: organization }],
      ['organizationMembership.created', { role: 'org:member' }],
      [
        'organizationMembership.updated',
        {
          role: 'org:admin',
          organization: { id: organization },
          public_user_data: { user_id: user },
        },
      ],
      ['session.created', { id: session, status: 'active', user: { id: user } }],
      ['session.revoked', { object: 'session', id: session, status: 'revoked', user_id: user }],
      ['user.updated', { id: user, banned: true }],
      ['organizationMembership.deleted', { public_user_data: { user_id: user } }],
      ['organization.deleted', { object: 'organization', id: organization, deleted: true }],
      ['user.deleted', { object: 'user', id: user, deleted: true }],
    ]);
  });

  it('announce changes that the SDK makes through the Backend API', async () => {
    const { id: userId } = emulator.users.get('grace@example.com');
    const { id: organizationId } = emulator.organizations.get('analytical-engines');
    const clerk = client();
    expect(await clerk.users.banUser(userId)).toMatchObject({ banned: true });
    await clerk.users.unbanUser(userId);
    expect(await clerk.users.lockUser(userId)).toMatchObject({ locked: true });
    await clerk.users.unlockUser(userId);
    const member = { organizationId, userId };
    const { organizations } = clerk;
    await organizations.updateOrganizationMembership({ ...member, role: 'org:admin' });
    await organizations.deleteOrganizationMembership(member);
    await clerk.users.deleteUser(userId);
    await organizations.deleteOrganization(organizationId);
    expect((await events()).map(({ type }) => type)).toEqual([
      'user.updated',
      'user.updated',
      'user.updated',
      'user.updated',
      'organizationMembership.updated',
      'organizationMembership.deleted',
      'user.deleted',
      'organization.deleted',
    ]);
    await expect(clerk.users.getUser(userId)).rejects.toMatchObject({ status: 404 });
  });

  it('are retried with the same id until the receiver accepts them', async () => {
    statuses = [503, 500, 204];
    emulator.users.update('ada@example.com', { locked: true });
    await emulator.webhooks.settled();
    expect(received).toHaveLength(3);
    expect(new Set(received.map(({ headers }) => headers['svix-id'])).size).toBe(1);
    expect(emulator.webhooks.deliveries).toMatchObject([
      { type: 'user.updated', status: 204, attempts: 3 },
    ]);
  });

  it('are dropped after the last attempt', async () => {
    statuses = [400, 400, 400];
    emulator.users.update('ada@example.com', { locked: true });
    emulator.users.update('ada@example.com', { locked: false });
    await emulator.webhooks.settled();
    expect(emulator.webhooks.deliveries).toMatchObject([
      { status: 400, attempts: 3 },
      { status: 204, attempts: 1 },
    ]);
  });

  it('need a target, which has to be on this machine', async () => {
    emulator.webhooks.sendTo(null);
    emulator.users.update('ada@example.com', { locked: true });
    await emulator.webhooks.settled();
    expect(received).toEqual([]);
    for (const target of ['https://example.com/hooks', 'http://10.0.0.1/', 'file:///etc', 'no']) {
      expect(() => emulator.webhooks.sendTo({ url: target })).toThrow(EmulatorWebhookTargetError);
    }
  });

  it('announce a pending session as such, and as created once it is active', async () => {
    const { id } = emulator.sessions.create({ user: 'ada@example.com', status: 'pending' });
    emulator.sessions.setStatus(id, 'active');
    emulator.sessions.setStatus(id, 'pending');
    emulator.sessions.setStatus(id, 'pending');
    expect((await events()).map(({ type }) => type)).toEqual([
      'session.pending',
      'session.created',
      'session.pending',
    ]);
  });

  it('can be controlled by another process', async () => {
    const control = async (path: string, body?: object, headers = {}) => {
      const response = await fetch(`${emulator.url}/__emulator/${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: response.status, json: (await response.json()) as any };
    };
    const signingSecret = `whsec_${Buffer.from('a key of 24 bytes, no more').toString('base64')}`;
    await control('webhook', { url, signingSecret });
    const { id: user } = emulator.users.get('ada@example.com');
    const { json: session } = await control('sessions', { user });
    await control('sessions/status', { session: session.id, status: 'ended' });
    await control('users/update', { user, banned: true });
    const member = { organization: 'analytical-engines', user };
    await control('organization_memberships/delete', member);
    await control('organizations/delete', { organization: 'analytical-engines' });
    await control('users/delete', { user });
    const { json } = await control('webhook');
    expect(json.signingSecret).toBe(signingSecret);
    expect(json.deliveries.map(({ type, status }: any) => [type, status])).toEqual([
      ['session.created', 204],
      ['session.ended', 204],
      ['user.updated', 204],
      ['organizationMembership.deleted', 204],
      ['organization.deleted', 204],
      ['user.deleted', 204],
    ]);
    expect(await events()).toHaveLength(6);
    expect((await control('webhook', { url: 'https://example.com' })).status).toBe(400);
    const page = { origin: 'https://example.com' };
    expect((await control('webhook', { url }, page)).status).toBe(403);
    expect((await control('users/delete', { user: 'grace@example.com' }, page)).status).toBe(403);
  });
});
