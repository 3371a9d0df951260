import { z } from 'zod';
import type { EmulatorCore } from '../emulator-core.js';
import { ClerkApiError } from '../emulator.errors.js';
import type { Invitation } from '../instance/invitations.js';
import { repeatable } from './request-input.js';

/** What each invitation of a request may have. */
export const INVITATION_FIELDS = {
  email_address: z.email(),
  redirect_url: z.string().max(2_048).nullish(),
  // No e-mail is sent in either case.
  notify: z.boolean().nullish(),
  expires_in_days: z.number().int().min(1).max(365).nullish(),
};

/** Invitations of one request for several. */
export const MAX_INVITATIONS = 10;

const STATUSES: readonly string[] = ['pending', 'accepted', 'revoked', 'expired'];

/** The query parameter with one status, or with several. */
export const invitationStatus = repeatable
  .refine((values) => values.every((one) => STATUSES.includes(one)), {
    params: { isUnsupported: true },
  })
  .optional();

/** @param status of the query; `undefined` for every status */
export function hasStatus(invitation: Invitation, status: readonly string[] | undefined): boolean {
  return status?.includes(invitation.status) ?? true;
}

/** Whether it invites this address; upper and lower case are the same. */
export function isTo({ emailAddress }: Invitation, email: string): boolean {
  return emailAddress === email.toLowerCase();
}

/** @throws ClerkApiError 400 when the invitation is not pending */
export function revokeInvitation(core: EmulatorCore, { id, status }: Invitation): Invitation {
  if (status === 'pending') return core.invitations.revoke(id);
  throw new ClerkApiError(
    400,
    'invitation_not_pending',
    `The invitation is ${status}; only a pending one can be revoked.`,
  );
}
