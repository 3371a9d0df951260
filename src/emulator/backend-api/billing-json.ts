import type { EmulatorCore } from '../emulator-core.js';
import type { BillingPlan, BillingStatement } from '../instance/billing.js';
import { clerkId } from '../instance/clerk-id.js';

/** A plan in the form of the Backend API. */
export function planJson(plan: BillingPlan): Record<string, unknown> {
  const annual = plan.annualMonthlyFee;
  return {
    object: 'commerce_plan',
    id: plan.id,
    name: plan.name,
    fee: moneyJson(plan.monthlyFee),
    annual_monthly_fee: annual === null ? null : moneyJson(annual),
    annual_fee: annual === null ? null : moneyJson(annual * 12),
    description: plan.description,
    product_id: clerkId('cprod', plan.payerType),
    is_default: plan.isDefault,
    is_recurring: true,
    publicly_visible: plan.publiclyVisible,
    has_base_fee: plan.monthlyFee > 0,
    for_payer_type: plan.payerType,
    slug: plan.slug,
    avatar_url: null,
    features: plan.features.map((slug) => ({
      object: 'feature',
      id: clerkId('feat', slug),
      name: slug,
      description: null,
      slug,
      avatar_url: null,
    })),
    free_trial_enabled: plan.freeTrialDays !== null,
    free_trial_days: plan.freeTrialDays,
  };
}

/** The subscription of a user or an organization, from its creation on, paid by the month. */
export function subscriptionJson(
  core: EmulatorCore,
  payer: Payer,
  plan: BillingPlan,
): Record<string, unknown> {
  const period = currentPeriod(payer.createdAt, core.now());
  const next =
    plan.monthlyFee > 0 ? { date: period.end, amount: moneyJson(plan.monthlyFee) } : null;
  return {
    object: 'commerce_subscription',
    id: clerkId('csub', payer.id),
    instance_id: core.instanceId,
    status: 'active',
    payer_id: payerId(payer.id),
    created_at: payer.createdAt,
    updated_at: payer.updatedAt,
    active_at: payer.createdAt,
    past_due_at: null,
    subscription_items: [
      {
        object: 'commerce_subscription_item',
        id: subscriptionItemId(payer.id, plan.id),
        instance_id: core.instanceId,
        status: 'active',
        plan_id: plan.id,
        plan: planJson(plan),
        plan_period: 'month',
        lifetime_paid: moneyJson(paidBy(core, payer.id)),
        next_payment: next,
        payer_id: payerId(payer.id),
        is_free_trial: false,
        period_start: period.start,
        period_end: next === null ? null : period.end,
        canceled_at: null,
        past_due_at: null,
        ended_at: null,
        created_at: payer.createdAt,
        updated_at: payer.updatedAt,
      },
    ],
    ...(next === null ? {} : { next_payment: next }),
    eligible_for_free_trial: false,
  };
}

/** A statement with one group of one attempt of payment. */
export function statementJson(
  core: EmulatorCore,
  statement: BillingStatement,
): Record<string, unknown> {
  const total = moneyJson(statement.amount);
  return {
    object: 'commerce_statement',
    id: statement.id,
    instance_id: core.instanceId,
    timestamp: statement.createdAt,
    payer: payerJson(core, statement),
    status: statement.status === 'paid' ? 'closed' : 'open',
    totals: { grand_total: total, subtotal: total, base_fee: total, tax_total: moneyJson(0) },
    groups: [
      {
        object: 'commerce_statement_group',
        timestamp: statement.createdAt,
        items: [paymentAttemptJson(core, statement)],
      },
    ],
  };
}

/** The attempt to pay a statement, with the card that test instances accept. */
export function paymentAttemptJson(
  core: EmulatorCore,
  statement: BillingStatement,
): Record<string, unknown> {
  const payer = payerId(statement.payerId);
  const card = clerkId('paymeth', statement.payerId);
  const payee = clerkId('cpayee', core.instanceId);
  return {
    object: 'commerce_payment',
    id: clerkId('cpayatt', statement.id),
    payment_id: clerkId('cpay', statement.id),
    instance_id: core.instanceId,
    charge_type: 'recurring',
    payee_id: payee,
    payee: { id: payee, gateway_type: 'stripe' },
    payer_id: payer,
    payer: payerJson(core, statement),
    amount: moneyJson(statement.amount),
    payment_method_id: card,
    payment_method: {
      object: 'commerce_payment_method',
      id: card,
      payer_id: payer,
      payment_type: 'card',
      gateway: 'stripe',
      gateway_external_id: 'pm_emulator',
      gateway_external_account_id: null,
      last4: '4242',
      status: 'active',
      card_type: 'visa',
    },
    statement_id: statement.id,
    gateway_external_id: null,
    gateway_external_url: null,
    status: statement.status,
    paid_at: statement.status === 'paid' ? statement.createdAt : null,
    failed_at: statement.status === 'failed' ? statement.createdAt : null,
    created_at: statement.createdAt,
    updated_at: statement.createdAt,
  };
}

/** The part of a user or an organization that a subscription is made from. */
interface Payer {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

function payerJson(core: EmulatorCore, { payerId: id }: BillingStatement): Record<string, unknown> {
  const user = core.users.find(id);
  const organization = core.organizations.find(id);
  return {
    object: 'commerce_payer',
    id: payerId(id),
    instance_id: core.instanceId,
    user_id: user?.id ?? null,
    first_name: user?.firstName ?? null,
    last_name: user?.lastName ?? null,
    email: user?.emailAddress ?? null,
    organization_id: organization?.id ?? null,
    organization_name: organization?.name ?? null,
  };
}

function payerId(id: string): string {
  return clerkId('cpayer', id);
}

function subscriptionItemId(payer: string, plan: string): string {
  return clerkId('csubi', `${payer}:${plan}`);
}

function paidBy(core: EmulatorCore, payer: string): number {
  return core.billing
    .statements()
    .filter((one) => one.payerId === payer && one.status === 'paid')
    .reduce((sum, { amount }) => sum + amount, 0);
}

/** @param cents of a US dollar */
function moneyJson(cents: number): Record<string, unknown> {
  return {
    amount: cents,
    amount_formatted: (cents / 100).toFixed(2),
    currency: 'USD',
    currency_symbol: '$',
  };
}

/** The month of a subscription that contains `now`, in milliseconds since the epoch. */
function currentPeriod(
  createdAt: number,
  now: number,
): { readonly start: number; readonly end: number } {
  const first = new Date(createdAt);
  const last = new Date(now);
  const months =
    (last.getUTCFullYear() - first.getUTCFullYear()) * 12 +
    last.getUTCMonth() -
    first.getUTCMonth();
  const isBegun = monthsAfter(createdAt, months) <= now;
  const index = isBegun ? months : months - 1;
  return { start: monthsAfter(createdAt, index), end: monthsAfter(createdAt, index + 1) };
}

/** The same day of a later month, or the last day of that month. */
function monthsAfter(time: number, months: number): number {
  const date = new Date(time);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const daysOfMonth = new Date(
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0),
  ).getUTCDate();
  return date.setUTCDate(Math.min(day, daysOfMonth));
}
