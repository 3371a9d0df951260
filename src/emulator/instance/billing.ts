import { EmulatorDuplicateResourceError } from '../emulator.errors.js';
import { BoundedStore } from './bounded-store.js';
import { clerkId } from './clerk-id.js';
import type { Organizations } from './organizations.js';
import type { Users } from './users.js';

/** Who pays: a user or an organization. */
export type PayerType = 'user' | 'org';

/** A plan that users or organizations subscribe to. Times are in milliseconds since the epoch. */
export interface BillingPlan {
  readonly id: string;
  /** Session tokens contain it in `pla`. */
  readonly slug: string;
  readonly name: string;
  readonly payerType: PayerType;
  readonly description: string | null;
  /** Price of a month, in cents of a US dollar. */
  readonly monthlyFee: number;
  /** Price of a month that is paid by the year, in cents; `null`: not offered. */
  readonly annualMonthlyFee: number | null;
  /** Slugs of the features of the plan. */
  readonly features: readonly string[];
  /** `null`: no free trial. */
  readonly freeTrialDays: number | null;
  readonly publiclyVisible: boolean;
  /** Whether payers without another plan have it. */
  readonly isDefault: boolean;
  readonly createdAt: number;
}

/** Input of {@link Billing.createPlan}. */
export interface BillingPlanInput {
  readonly slug: string;
  /** Default: the slug. */
  readonly name?: string;
  /** Default `org`. */
  readonly payerType?: PayerType;
  readonly description?: string | null;
  /** In cents of a US dollar. Default `0`. */
  readonly monthlyFee?: number;
  /** In cents. Default `null`: not offered. */
  readonly annualMonthlyFee?: number | null;
  /** Slugs. Default: none. */
  readonly features?: readonly string[];
  /** Default `null`: no free trial. */
  readonly freeTrialDays?: number | null;
  /** Default `true`. */
  readonly publiclyVisible?: boolean;
}

/** A statement with its one attempt of payment. Times are in milliseconds since the epoch. */
export interface BillingStatement {
  readonly id: string;
  /** `user_…` or `org_…`. */
  readonly payerId: string;
  /** In cents of a US dollar. */
  readonly amount: number;
  readonly status: 'pending' | 'paid' | 'failed';
  readonly createdAt: number;
}

/** Input of {@link Billing.createStatement}. */
export interface BillingStatementInput {
  /** A user (id or e-mail address) or an organization (id or slug). */
  readonly payer: string;
  /** In cents of a US dollar. */
  readonly amount: number;
  /** Of the attempt to pay it. Default `paid`. */
  readonly status?: BillingStatement['status'];
}

/**
 * Plans and statements of the instance. The plan of an organization is its `plan`; users have the plan
 * `free_user`.
 */
export class Billing {
  readonly #plans: BoundedStore<BillingPlan>;
  readonly #statements: BoundedStore<BillingStatement>;

  constructor(
    max: number,
    private readonly now: () => number,
    private readonly users: Users,
    private readonly organizations: Organizations,
  ) {
    this.#plans = new BoundedStore(max, now);
    this.#statements = new BoundedStore(max, now);
  }

  createPlan(input: BillingPlanInput): BillingPlan {
    const plan = this.#newPlan(input, this.now());
    if (this.#plans.get(plan.id)) throw new EmulatorDuplicateResourceError('plan', plan.slug);
    this.#plans.set(plan.id, plan);
    return plan;
  }

  /**
   * In order of creation: the plans that every instance has, those that were created, and those that
   * organizations name without that they were created.
   */
  plans(): BillingPlan[] {
    const named = this.organizations.list().map(({ plan }) => plan);
    const all = [
      this.#planOf('user', 'free_user'),
      this.#planOf('org', 'free_org'),
      ...this.#plans.values(),
      ...named.map((slug) => this.#planOf('org', slug)),
    ];
    return [...new Map(all.map((plan) => [plan.id, plan])).values()];
  }

  planOfUser(): BillingPlan {
    return this.#planOf('user', 'free_user');
  }

  /** @throws EmulatorUnknownResourceError */
  planOfOrganization(idOrSlug: string): BillingPlan {
    return this.#planOf('org', this.organizations.get(idOrSlug).plan);
  }

  /** @throws EmulatorUnknownResourceError the payer does not exist */
  createStatement(input: BillingStatementInput): BillingStatement {
    const payer = this.organizations.find(input.payer) ?? this.users.get(input.payer);
    const statement: BillingStatement = {
      id: clerkId('cstmt'),
      payerId: payer.id,
      amount: input.amount,
      status: input.status ?? 'paid',
      createdAt: this.now(),
    };
    this.#statements.set(statement.id, statement);
    return statement;
  }

  findStatement(id: string): BillingStatement | undefined {
    const statement = this.#statements.get(id);
    return statement && this.#isKnown(statement.payerId) ? statement : undefined;
  }

  /** Of the payers that exist, oldest first. */
  statements(): BillingStatement[] {
    return this.#statements.values().filter(({ payerId }) => this.#isKnown(payerId));
  }

  /** @internal What lasts over a restart. */
  get tables() {
    return { plans: this.#plans, statements: this.#statements };
  }

  clear(): void {
    this.#plans.clear();
    this.#statements.clear();
  }

  #isKnown(payerId: string): boolean {
    return (this.organizations.find(payerId) ?? this.users.find(payerId)) !== undefined;
  }

  #planOf(payerType: PayerType, slug: string): BillingPlan {
    return this.#plans.get(planId(payerType, slug)) ?? this.#newPlan({ slug, payerType }, 0);
  }

  #newPlan(input: BillingPlanInput, createdAt: number): BillingPlan {
    const payerType = input.payerType ?? 'org';
    return {
      name: input.slug,
      description: null,
      monthlyFee: 0,
      annualMonthlyFee: null,
      features: [],
      freeTrialDays: null,
      publiclyVisible: true,
      ...input,
      payerType,
      id: planId(payerType, input.slug),
      isDefault: input.slug === `free_${payerType}`,
      createdAt,
    };
  }
}

function planId(payerType: PayerType, slug: string): string {
  return clerkId('cplan', `${payerType}:${slug}`);
}
