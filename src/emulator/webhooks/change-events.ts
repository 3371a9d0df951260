import {
  membershipJson,
  organizationJson,
  sessionJson,
  userJson,
} from '../backend-api/resource-json.js';
import type { EmulatorCore } from '../emulator-core.js';
import type { Organization, OrganizationMembership } from '../instance/organizations.js';
import type { Session } from '../instance/sessions.js';
import type { User } from '../instance/users.js';

/** A change of what the instance holds. */
export type Change =
  | { readonly type: 'user.created' | 'user.updated' | 'user.deleted'; readonly user: User }
  | {
      readonly type: 'session.created' | 'session.ended' | 'session.removed' | 'session.revoked';
      readonly session: Session;
    }
  | {
      readonly type: 'organization.created' | 'organization.deleted';
      readonly organization: Organization;
    }
  | {
      readonly type:
        | 'organizationMembership.created'
        | 'organizationMembership.updated'
        | 'organizationMembership.deleted';
      readonly membership: OrganizationMembership;
    };

/** Told of a change: of what is deleted before it is gone. */
export type OnChange = (change: Change) => void;

/** What a webhook says of a change. */
export function eventData(core: EmulatorCore, change: Change): Readonly<Record<string, unknown>> {
  if ('user' in change) {
    const { id, externalId } = change.user;
    return change.type === 'user.deleted'
      ? {
          object: 'user',
          id,
          deleted: true,
          ...(externalId !== null && { external_id: externalId }),
        }
      : userJson(change.user, core.url);
  }
  if ('session' in change) {
    const user = core.users.find(change.session.userId);
    return { ...sessionJson(change.session), user: user ? userJson(user, core.url) : null };
  }
  if ('organization' in change) {
    const { id, slug } = change.organization;
    return change.type === 'organization.deleted'
      ? { object: 'organization', id, slug, deleted: true }
      : organizationJson(core, change.organization);
  }
  return membershipJson(core, change.membership);
}
