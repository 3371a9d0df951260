import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClerkEmulator, startClerkEmulator } from '../../../src/emulator/index.js';
import { expectUnsupported, recorded, type RecordedNamespace, sdkOf } from './support.js';

describe('clerk.billing', () => {
  let emulator: ClerkEmulator;
  let billing: RecordedNamespace<ReturnType<typeof sdkOf>['billing']>;
  let now = Date.parse('2026-01-31T12:00:00Z');

  beforeAll(async () => {
    emulator = await startClerkEmulator({ now: () => now });
    billing = recorded(sdkOf(emulator).billing);
  });
  afterAll(() => emulator.close());

  it('lists plans, newest first, by who pays', async () => {
    const all = await billing.api.getPlanList();
    expect(all.data.map(({ slug }) => slug)).toEqual(['pro', 'free_org', 'free_user']);
    expect(all.totalCount).toBe(3);
    expect(all.data[0]).toMatchObject({
      name: 'Pro',
      isDefault: false,
      hasBaseFee: true,
      forPayerType: 'org',
      fee: { amount: 2_500, currency: 'USD' },
      annualFee: { amount: 24_000 },
      features: [{ slug: 'notes' }],
    });
    const ofUsers = await billing.api.getPlanList({ payerType: 'user' });
    expect(ofUsers.data.map(({ slug, isDefault }) => [slug, isDefault])).toEqual([
      ['free_user', true],
    ]);
    const second = await billing.api.getPlanList({ payerType: 'org', limit: 1, offset: 1 });
    expect(second.data.map(({ slug }) => slug)).toEqual(['free_org']);
  });

  it('tells the plan of an organization, and when its month ends', async () => {
    const { id, createdAt } = emulator.organizations.get('analytical-engines');
    const read = () => billing.api.getOrganizationBillingSubscription(id);
    expect(await read()).toMatchObject({
      status: 'active',
      createdAt,
      nextPayment: { date: Date.parse('2026-02-28T12:00:00Z'), amount: { amount: 2_500 } },
      subscriptionItems: [{ status: 'active', planPeriod: 'month', plan: { slug: 'pro' } }],
    });
    now = Date.parse('2026-03-30T12:00:00Z');
    const [item] = (await read()).subscriptionItems;
    expect(new Date(item?.periodStart ?? 0).toISOString()).toBe('2026-02-28T12:00:00.000Z');
    expect(new Date(item?.periodEnd ?? 0).toISOString()).toBe('2026-03-31T12:00:00.000Z');
  });

  it('counts what an organization has paid', async () => {
    emulator.billing.createStatement({ payer: 'analytical-engines', amount: 2_500 });
    emulator.billing.createStatement({
      payer: 'analytical-engines',
      amount: 900,
      status: 'failed',
    });
    const { id } = emulator.organizations.get('analytical-engines');
    const subscription = await billing.api.getOrganizationBillingSubscription(id);
    expect(subscription.subscriptionItems[0]?.lifetimePaid?.amount).toBe(2_500);
  });

  it('tells the plan of a user', async () => {
    const { id } = emulator.users.get('ada@example.com');
    const subscription = await billing.api.getUserBillingSubscription(id);
    expect(subscription.subscriptionItems[0]?.plan?.slug).toBe('free_user');
    expect(subscription.nextPayment).toBeNull();
    await expect(billing.api.getUserBillingSubscription('user_nobody')).rejects.toMatchObject({
      status: 404,
    });
  });

  it('knows a plan that only an organization names', async () => {
    const { id } = emulator.organizations.create({ name: 'Looms', plan: 'enterprise' });
    const { subscriptionItems } = await billing.api.getOrganizationBillingSubscription(id);
    const plans = await billing.api.getPlanList();
    expect(plans.data[0]?.id).toBe(subscriptionItems[0]?.plan?.id);
    emulator.organizations.delete(id);
  });

  it('answers what it does not have with 501', async () => {
    await expectUnsupported(() => billing.api.cancelSubscriptionItem('csubi_1'));
    await expectUnsupported(() =>
      billing.api.extendSubscriptionItemFreeTrial('csubi_1', { extendTo: new Date(now) }),
    );
  });

  it('has every method of the SDK', () => {
    expect(billing.uncalled()).toEqual([]);
  });
});
