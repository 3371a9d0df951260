import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { expectUnsupported, recorded, sdkOf } from './support.js';

describe('clerk.invitations', () => {
  let emulator: ClerkEmulator;
  let time = Date.now();

  beforeAll(async () => {
    emulator = await startClerkEmulator({ now: () => time });
  });
  afterAll(() => emulator.close());

  it('creates, lists, revokes and deletes invitations, which expire', async () => {
    const invitations = recorded(sdkOf(emulator).invitations);
    const { api } = invitations;
    const lin = await api.createInvitation({
      emailAddress: 'lin@example.com',
      publicMetadata: { team: 'looms' },
      expiresInDays: 1,
    });
    const [kim, ann] = await api.createInvitationBulk([
      { emailAddress: 'kim@example.com' },
      { emailAddress: 'ann@example.com', expiresInDays: 2 },
    ]);
    const again = { emailAddress: 'lin@example.com' };
    await expect(api.createInvitation(again)).rejects.toMatchObject({ status: 400 });
    const second = await api.createInvitation({ ...again, ignoreExisting: true });
    const addresses = async (query: object): Promise<readonly string[]> =>
      (await api.getInvitationList(query)).data.map(({ emailAddress }) => emailAddress);
    expect(await addresses({ orderBy: '+email_address', query: 'n@' })).toEqual([
      'ann@example.com',
      'lin@example.com',
      'lin@example.com',
    ]);
    expect((await api.revokeInvitation(second.id)).revoked).toBe(true);
    expect(await addresses({ status: 'revoked' })).toEqual(['lin@example.com']);
    expect(await addresses({})).toHaveLength(3);
    await api.deleteInvitation(kim?.id ?? '');
    emulator.users.create({ emailAddress: 'ann@example.com', publicMetadata: { desk: 1 } });
    emulator.invitations.accept(ann?.id ?? '', 'ann@example.com');
    time += 86_400_000;
    expect(await addresses({ status: 'expired' })).toEqual([lin.emailAddress]);
    expect(await addresses({ status: 'accepted' })).toEqual(['ann@example.com']);
    await expect(api.revokeInvitation(lin.id)).rejects.toMatchObject({ status: 400 });
    await expectUnsupported(
      () => api.createInvitation({ ...again, templateSlug: 'waitlist_invitation' }),
      'emulator_unsupported_parameter',
    );
    expect(invitations.uncalled()).toEqual([]);
  });
});
