import { declarationOf } from './declarations.js';
import { code, page, table } from './markdown.js';

/** The parts of an audit event, and the types that document them. */
const PARTS: Readonly<Record<string, string>> = {
  'Every event': 'AuditOrigin',
  'The caller': 'AuditSubject',
  'The entry': 'AuditEntry',
  authentication: 'AuditAuthenticationEvent',
  decision: 'AuditDecisionEvent',
  list: 'AuditListEvent',
  call: 'AuditCallEvent',
};

export function eventsPage(): string {
  return page(
    'Audit events',
    '`src/audit/audit-event.ts`',
    'The fields of the events of the [audit trail](audit.md). A field that does not apply is absent.',
    ...Object.entries(PARTS).flatMap(([heading, type]) => {
      const { text, members } = declarationOf(type);
      // The heading names the type.
      const rows = members
        .filter(({ name }) => name !== 'type')
        .map((one) => [
          code(one.name),
          code(one.type),
          one.optional ? 'may be absent' : 'always',
          one.text,
        ]);
      return [`## ${heading}`, text, table(['field', 'type', 'present', 'meaning'], rows)];
    }),
  );
}
