import type { Principal } from '../principal.js';
import type { AuditSubject } from './audit-event.js';

/** Who a principal is, by ids alone: its claims may hold a name or an address of mail. */
export function subjectOf(principal: Principal | undefined): AuditSubject {
  if (!principal) return ANONYMOUS;
  const { subject, userId, clientId, sessionId, organization, tokenType, actor, delegation } =
    principal;
  return {
    subject,
    ...(userId !== undefined && { userId }),
    ...(clientId !== undefined && { clientId }),
    ...(sessionId !== undefined && { sessionId }),
    ...(organization && { organizationId: organization.id }),
    tokenType,
    ...(actor !== undefined && { actor }),
    ...(delegation && { delegation: delegation.map((one) => one.subject) }),
  };
}

const ANONYMOUS: AuditSubject = {};
