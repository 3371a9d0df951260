import { z } from 'zod';
import { flag, parseInput, repeatable, time } from './request-input.js';
import type { EmulatorCore } from '../emulator-core.js';
import { fullName, type User } from '../instance/users.js';

/** Query parameters that select users by their properties; lists of memberships have them too. */
export const PERSON_FILTERS = {
  email_address: repeatable.optional(),
  phone_number: repeatable.optional(),
  username: repeatable.optional(),
  user_id: repeatable.optional(),
  query: z.string().optional(),
  email_address_query: z.string().optional(),
  phone_number_query: z.string().optional(),
  username_query: z.string().optional(),
  name_query: z.string().optional(),
  last_active_at_before: time.optional(),
  last_active_at_after: time.optional(),
};

/** Query parameters that select users. */
export const USER_FILTERS = {
  ...PERSON_FILTERS,
  external_id: repeatable.optional(),
  organization_id: repeatable.optional(),
  banned: flag.optional(),
  last_active_at_since: time.optional(),
  created_at_before: time.optional(),
  created_at_after: time.optional(),
  last_sign_in_at_before: time.optional(),
  last_sign_in_at_after: time.optional(),
};

/** The users that the filters of a query select, oldest first. */
export function filterUsers(core: EmulatorCore, query: unknown): readonly User[] {
  const filter = parseInput(z.object(USER_FILTERS), query, 'query');
  const organizations = (id: string): readonly string[] =>
    core.organizations.membershipsOfUser(id).map(({ organizationId }) => organizationId);
  return core.users
    .list()
    .filter(
      (user) =>
        isPerson(user, filter) &&
        isSelected(filter.external_id, [user.externalId]) &&
        (filter.organization_id === undefined ||
          isSelected(filter.organization_id, organizations(user.id))) &&
        (filter.banned === undefined || user.banned === filter.banned) &&
        isBetween(user.lastSignInAt, filter.last_active_at_since, undefined, 'inclusive') &&
        isBetween(user.createdAt, filter.created_at_after, filter.created_at_before) &&
        isBetween(user.lastSignInAt, filter.last_sign_in_at_after, filter.last_sign_in_at_before),
    );
}

/** Whether the {@link PERSON_FILTERS} select a user. */
export function isPerson(user: User, filter: z.infer<z.ZodObject<typeof PERSON_FILTERS>>): boolean {
  const everything = [user.id, user.emailAddress, user.phoneNumber, user.username, fullName(user)];
  return (
    (filter.email_address === undefined ||
      filter.email_address.some((one) => one.toLowerCase() === user.emailAddress.toLowerCase())) &&
    (filter.phone_number?.includes(user.phoneNumber ?? '') ?? true) &&
    (filter.username?.includes(user.username ?? '') ?? true) &&
    isSelected(filter.user_id, [user.id]) &&
    contains(everything, filter.query) &&
    contains([user.emailAddress], filter.email_address_query) &&
    contains([user.phoneNumber], filter.phone_number_query) &&
    contains([user.username], filter.username_query) &&
    contains([fullName(user)], filter.name_query) &&
    isBetween(user.lastSignInAt, filter.last_active_at_after, filter.last_active_at_before)
  );
}

/**
 * Whether values with `+`, which is the default, or `-` before them select a resource: it has one of
 * the first, if there are any, and none of the others.
 */
export function isSelected(
  wanted: readonly string[] | undefined,
  has: readonly (string | null)[],
): boolean {
  if (wanted === undefined) return true;
  const excluded = wanted.filter((one) => one.startsWith('-')).map((one) => one.slice(1));
  // A `+` that is not percent-encoded arrives as a space.
  const included = wanted
    .filter((one) => !one.startsWith('-'))
    .map((one) => one.replace(/^[+ ]/, ''));
  if (has.some((one) => one !== null && excluded.includes(one))) return false;
  return included.length === 0 || has.some((one) => one !== null && included.includes(one));
}

/** Whether a text has this part; upper and lower case are the same. */
export function contains(texts: readonly (string | null)[], part: string | undefined): boolean {
  if (part === undefined) return true;
  return texts.some((text) => text?.toLowerCase().includes(part.toLowerCase()) ?? false);
}

export function isBetween(
  value: number | null,
  after: number | undefined,
  before: number | undefined,
  bounds: 'exclusive' | 'inclusive' = 'exclusive',
): boolean {
  if (after === undefined && before === undefined) return true;
  if (value === null) return false;
  if (bounds === 'inclusive') return value >= (after ?? value) && value <= (before ?? value);
  return (after === undefined || value > after) && (before === undefined || value < before);
}
