import { ClerkDocument, escapePointer } from './documents.js';

const document = new ClerkDocument('webhooks');

/** The events that Clerk sends, by their documented names in lower case. */
const EVENTS = new Map(
  Object.keys(document.content['x-webhooks'] ?? {}).map((name) => [name.toLowerCase(), name]),
);

/** Problems of the body of a webhook; its `type` names the event. */
export function webhookProblems(body: string): readonly string[] {
  const payload = JSON.parse(body) as { readonly type?: unknown };
  const type = String(payload.type);
  // The document writes organizationMembership.created, the payload organization_membership.created.
  const event = EVENTS.get(type.replaceAll('_', '').toLowerCase());
  if (event === undefined) return [`${type}: Clerk sends no such event`];
  const schema = `/x-webhooks/${escapePointer(event)}/post/requestBody/content/application~1json/schema`;
  return document
    .problems(schema, payload)
    .map((problem) => `${type}: ${problem}`)
    .filter((problem) => !CONTRADICTIONS.some((pattern) => pattern.test(problem)));
}

/** What the document refuses although its own schemas and examples have it. */
const CONTRADICTIONS = [
  // SessionEventPayload requires `user` beside a Session that has no other members.
  /^session\.\w+: \/data must NOT have additional properties .*"user"/,
  // OrganizationInvitationAcceptedPayload requires `user_id` beside an OrganizationInvitation that has
  // no other members, and once more `data` within `data`, which its example does not have.
  /^organizationInvitation\.accepted: \/data must NOT have additional properties .*"user_id"/,
  /^organizationInvitation\.accepted: \/data must have required property 'data'/,
  // The example of session.pending has this status, and so has the Session of the Backend API.
  /^session\.pending: \/data\/status must be equal to one of the allowed values/,
];
