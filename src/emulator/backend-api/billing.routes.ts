import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { paymentAttemptJson, planJson, statementJson, subscriptionJson } from './billing-json.js';
import { flag, NO_QUERY, oneOf, orNotFound, pageJson, parseInput, reads } from './request-input.js';

/** The billing routes that read: plans, subscriptions, statements and attempts of payment. */
export function billingRoutes(core: EmulatorCore): FastifyPluginAsync {
  return async (app) => {
    app.get('/v1/billing/plans', reads(PlanQuery), ({ query }) => {
      const { payer_type, limit, offset } = parseInput(PlanQuery, query, 'query');
      const plans = core.billing
        .plans()
        .filter(({ payerType }) => payer_type === undefined || payerType === payer_type)
        .toReversed();
      return pageJson(plans, { limit, offset }, planJson);
    });
    app.get<IdRoute>('/v1/users/:id/billing/subscription', NO_QUERY, ({ params }) => {
      const user = orNotFound(core.users.find(params.id), 'The user');
      return subscriptionJson(core, user, core.billing.planOfUser());
    });
    app.get<IdRoute>('/v1/organizations/:id/billing/subscription', NO_QUERY, ({ params }) => {
      const organization = orNotFound(core.organizations.find(params.id), 'The organization');
      const plan = core.billing.planOfOrganization(organization.id);
      return subscriptionJson(core, organization, plan);
    });
    app.get('/v1/billing/statements', reads(PageQuery), ({ query }) => {
      const { limit, offset } = parseInput(PageQuery, query, 'query');
      const statements = core.billing.statements().toReversed();
      return pageJson(statements, { limit, offset }, (one) => statementJson(core, one));
    });
    app.get<IdRoute>('/v1/billing/statements/:id', NO_QUERY, ({ params }) =>
      statementJson(core, orNotFound(core.billing.findStatement(params.id), 'The statement')),
    );
    app.get<IdRoute>(
      '/v1/billing/statements/:id/payment_attempts',
      reads(PageQuery),
      ({ params, query }) => {
        const { limit, offset } = parseInput(PageQuery, query, 'query');
        const statement = orNotFound(core.billing.findStatement(params.id), 'The statement');
        return pageJson([statement], { limit, offset }, (one) => paymentAttemptJson(core, one));
      },
    );
  };
}

interface IdRoute {
  Params: { id: string };
}

/** Clerk's document has one form of answer, with and without `paginated`. */
const page = {
  paginated: flag.optional(),
  limit: z.string().optional(),
  offset: z.string().optional(),
};
const PageQuery = z.strictObject(page);
const PlanQuery = z.strictObject({ ...page, payer_type: oneOf(['user', 'org']).optional() });
