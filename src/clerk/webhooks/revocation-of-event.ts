import type { Revocation } from '../../access/revocation.js';
import { isJsonObject } from '../json-object.js';
import type { ClerkWebhookEvent } from './clerk-webhook-event.js';

/**
 * What an event of Clerk takes back, if anything. What comes back to life later, such as a user who
 * is no longer banned, is good again with what is issued then: the order of events does not matter.
 */
export function revocationOfEvent(event: ClerkWebhookEvent): Revocation | undefined {
  const { type, data, timestamp: before } = event;
  switch (type) {
    case 'session.ended':
    case 'session.removed':
    case 'session.revoked':
      return named({ sessionId: data['id'] });
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

function isBarred({ banned, locked, deprovisioned }: ClerkWebhookEvent['data']): boolean {
  return banned === true || locked === true || deprovisioned === true;
}

function membershipIn({ organization, public_user_data: user }: ClerkWebhookEvent['data']) {
  return {
    userId: isJsonObject(user) ? user['user_id'] : undefined,
    organizationId: isJsonObject(organization) ? organization['id'] : undefined,
  };
}

/** Only with every target: one that is missing would make the revocation wider. */
function named(
  targets: Readonly<Record<string, unknown>>,
  rest: Partial<Revocation> = {},
): Revocation | undefined {
  const ids = Object.values(targets);
  return ids.every((id) => typeof id === 'string' && id !== '')
    ? { ...targets, ...rest }
    : undefined;
}
