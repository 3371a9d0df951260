import type { Session } from '../instance/sessions.js';

/** A session as the Backend API writes it. */
export function sessionJson(session: Session): Record<string, unknown> {
  return {
    object: 'session',
    id: session.id,
    client_id: session.clientId,
    user_id: session.userId,
    status: session.status,
    actor: session.actor,
    ...(session.organizationId === null
      ? {}
      : { last_active_organization_id: session.organizationId }),
    last_active_at: session.updatedAt,
    expire_at: session.expireAt,
    abandon_at: session.expireAt,
    created_at: session.createdAt,
    updated_at: session.updatedAt,
  };
}
