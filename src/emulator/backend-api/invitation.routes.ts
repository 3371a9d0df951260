import type { FastifyPluginAsync } from 'fastify';
import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { Invitation } from '../instance/invitations.js';
import { invitationJson } from './invitation-json.js';
import {
  hasStatus,
  INVITATION_FIELDS,
  invitationStatus,
  isTo,
  MAX_INVITATIONS,
  revokeInvitation,
} from './invitation-input.js';
import { inOrder, orderBy } from './list-order.js';
import { metadata } from './metadata.js';
import {
  listJson,
  NO_QUERY,
  notEmulated,
  orNotFound,
  PAGE,
  PAGINATED,
  parseInput,
  reads,
} from './request-input.js';
import { contains } from './user-filters.js';

/** `/v1/invitations`. The emulator sends no e-mail. */
export function invitationRoutes(core: EmulatorCore): FastifyPluginAsync {
  const find = (id: string): Invitation => {
    const found = core.invitations.find(id);
    return orNotFound(found?.membership ? undefined : found, 'The invitation');
  };
  return async (app) => {
    app.get('/v1/invitations', reads(ListQuery), ({ query }) =>
      listJson(listInvitations(core, query), query, invitationJson),
    );
    app.post('/v1/invitations', NO_QUERY, ({ body }) => {
      const input = parseInput(Body, body);
      requireInvitable(core, input);
      return invitationJson(invite(core, input));
    });
    app.post('/v1/invitations/bulk', NO_QUERY, ({ body }) => {
      const inputs = parseInput(z.array(Body).min(1).max(MAX_INVITATIONS), body);
      for (const input of inputs) requireInvitable(core, input, inputs);
      return inputs.map((input) => invitationJson(invite(core, input)));
    });
    app.post<{ Params: { id: string } }>('/v1/invitations/:id/revoke', NO_QUERY, ({ params }) =>
      invitationJson(revokeInvitation(core, find(params.id))),
    );
    app.delete<{ Params: { id: string } }>('/v1/invitations/:id', NO_QUERY, ({ params }) => {
      const { id } = find(params.id);
      core.invitations.delete(id);
      return { object: 'invitation', id, deleted: true };
    });
  };
}

const ListQuery = z.object({
  ...PAGE,
  ...PAGINATED,
  status: invitationStatus,
  query: z.string().optional(),
  order_by: orderBy(['created_at', 'email_address', 'expires_at'], '-created_at'),
});

const Body = z.strictObject({
  ...INVITATION_FIELDS,
  public_metadata: metadata,
  ignore_existing: z.boolean().nullish(),
  template_slug: notEmulated,
});

/** Revoked invitations are listed only when they are asked for. */
function listInvitations(core: EmulatorCore, query: unknown): readonly Invitation[] {
  const filter = parseInput(ListQuery, query, 'query');
  const found = core.invitations
    .list()
    .filter(({ membership }) => membership === null)
    .filter((one) => (filter.status ? hasStatus(one, filter.status) : one.status !== 'revoked'))
    .filter((one) => one.id === filter.query || contains([one.emailAddress], filter.query));
  return inOrder(found, filter.order_by, {
    email_address: (one) => one.emailAddress,
    expires_at: (one) => one.expiresAt,
  });
}

function requireInvitable(
  core: EmulatorCore,
  input: z.infer<typeof Body>,
  all: readonly z.infer<typeof Body>[] = [],
): void {
  if (input.ignore_existing === true) return;
  const { email_address: email } = input;
  if (core.users.find(email)) {
    throw ClerkApiError.parameter('form_identifier_exists', 'email_address', 'is taken');
  }
  const isInvited = core.invitations
    .list()
    .some((one) => !one.membership && one.status === 'pending' && isTo(one, email));
  const isTwice = all.some(
    (one) => one !== input && one.email_address.toLowerCase() === email.toLowerCase(),
  );
  if (isInvited || isTwice) {
    throw new ClerkApiError(400, 'duplicate_record', `${email} already has an invitation.`);
  }
}

function invite(core: EmulatorCore, input: z.infer<typeof Body>): Invitation {
  return core.invitations.create({
    emailAddress: input.email_address,
    redirectUrl: input.redirect_url ?? null,
    ...(input.public_metadata && { publicMetadata: input.public_metadata }),
    ...(input.expires_in_days && { expiresInDays: input.expires_in_days }),
  });
}
