import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { expectUnsupported, recorded, sdkOf } from './support.js';

describe('clerk.emailAddresses and clerk.phoneNumbers', () => {
  let emulator: ClerkEmulator;

  beforeAll(async () => {
    emulator = await startClerkEmulator();
  });
  afterAll(() => emulator.close());

  it('read the addresses and numbers of users, and do nothing else', async () => {
    const clerk = sdkOf(emulator);
    const emailAddresses = recorded(clerk.emailAddresses);
    const phoneNumbers = recorded(clerk.phoneNumbers);
    const phoneNumber = '+15555550100';
    const { id: userId } = emulator.users.create({
      emailAddress: 'lin@example.com',
      emailVerified: false,
      phoneNumber,
    });
    const user = await clerk.users.getUser(userId);
    const address = await emailAddresses.api.getEmailAddress(user.primaryEmailAddressId ?? '');
    expect(address).toMatchObject({ emailAddress: 'lin@example.com', verification: null });
    const number = await phoneNumbers.api.getPhoneNumber(user.primaryPhoneNumberId ?? '');
    expect(number).toMatchObject({ phoneNumber, verification: { status: 'verified' } });
    for (const call of [
      () => emailAddresses.api.getEmailAddress('idn_1'),
      () => phoneNumbers.api.getPhoneNumber('idn_1'),
      () => phoneNumbers.api.getPhoneNumber(address.id),
    ]) {
      await expect(call()).rejects.toMatchObject({ status: 404 });
    }
    for (const call of [
      () => emailAddresses.api.createEmailAddress({ userId, emailAddress: 'x@example.com' }),
      () => emailAddresses.api.updateEmailAddress(address.id, { primary: true }),
      () => emailAddresses.api.deleteEmailAddress(address.id),
      () => phoneNumbers.api.createPhoneNumber({ userId, phoneNumber: '+15555550101' }),
      () => phoneNumbers.api.updatePhoneNumber(number.id, { primary: true }),
      () => phoneNumbers.api.deletePhoneNumber(number.id),
    ]) {
      await expectUnsupported(call);
    }
    expect([...emailAddresses.uncalled(), ...phoneNumbers.uncalled()]).toEqual([]);
  });
});
