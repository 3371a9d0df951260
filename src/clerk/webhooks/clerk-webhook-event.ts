import { type ClerkWebhookEvent } from '../webhook-options.js';
import type { DirectoryChange } from '../api/clerk-directory.js';
import { isJsonObject } from '../../request/json-object.js';
import type { Revocation } from '../../access/revocation.js';

/** Reads the event of a verified body; `undefined` if it is not an event. */
export function readWebhookEvent(body: unknown): ClerkWebhookEvent | undefined {
  if (!isJsonObject(body)) return undefined;
  const { type, data, timestamp, instance_id: instanceId } = body;
  if (typeof type !== 'string' || !isJsonObject(data)) return undefined;
  return {
    type,
    data,
    timestamp: milliseconds(timestamp),
    ...(typeof instanceId === 'string' && { instanceId }),
  };
}

/** Clerk uses milliseconds here and seconds elsewhere; 1e12 ms is in 2001. */
function milliseconds(time: unknown): number {
  if (typeof time !== 'number' || !Number.isFinite(time) || time <= 0) return Date.now();
  return time < 1e12 ? time * 1000 : time;
}

/**
 * The revocation of an event of Clerk, if it has one. The order of events does not matter: credentials that
 * are issued after a ban has ended are valid.
 */
export function revocationOfEvent(event: ClerkWebhookEvent): Revocation | undefined {
  const { type, data, timestamp: before } = event;
  switch (type) {
    case 'session.ended':
    case 'session.removed':
    case 'session.revoked':
      return named({ sessionId: data['id'] });
    case 'session.pending':
      // Its tokens are those of a signed-out user, until the user has done the steps that are left.
      return named({ sessionId: data['id'] }, { before });
    case 'user.deleted':
      return named({ userId: data['id'] });
    case 'user.updated':
      return isBarred(data) ? named({ userId: data['id'] }, { before }) : undefined;
    case 'organization.deleted':
      return named({ organizationId: data['id'] });
    case 'organizationMembership.deleted':
      return named(membershipIn(data), { before });
    case 'organizationMembership.updated':
      return typeof data['role'] === 'string'
        ? named(membershipIn(data), { before, exceptRole: data['role'] })
        : undefined;
    default:
      return undefined;
  }
}

/**
 * The cached records that an event of Clerk makes out of date, without ending any access. A role or a permission
 * may be that of any membership.
 */
export function changeOfEvent({ type, data }: ClerkWebhookEvent): DirectoryChange | undefined {
  if (type.startsWith('role.') || type.startsWith('permission.')) return { memberships: 'all' };
  switch (type) {
    case 'user.updated':
      return typeof data['id'] === 'string' ? { userId: data['id'] } : undefined;
    case 'organization.updated':
      return typeof data['id'] === 'string' ? { organizationId: data['id'] } : undefined;
    case 'organizationMembership.created':
    case 'organizationMembership.updated': {
      const { userId } = membershipIn(data);
      return typeof userId === 'string' ? { userId } : undefined;
    }
    default:
      return undefined;
  }
}

function isBarred({ banned, locked, deprovisioned }: ClerkWebhookEvent['data']): boolean {
  return banned === true || locked === true || deprovisioned === true;
}

function membershipIn({ organization, public_user_data: user }: ClerkWebhookEvent['data']) {
  return {
    userId: isJsonObject(user) ? user['user_id'] : undefined,
    organizationId: isJsonObject(organization) ? organization['id'] : undefined,
  };
}

/** `undefined` if a target is missing, because the revocation would be too wide. */
function named(
  targets: Readonly<Record<string, unknown>>,
  rest: Partial<Revocation> = {},
): Revocation | undefined {
  const ids = Object.values(targets);
  return ids.every((id) => typeof id === 'string' && id !== '')
    ? { ...targets, ...rest }
    : undefined;
}
