import type { Explanation } from './explanation.js';

/** An explanation for people. */
export function explainReport(explanation: Explanation): string {
  const { allowed, entry, source, rule, caller, conditions, refusal } = explanation;
  return [
    `${allowed ? 'allowed' : 'refused'}  ${entry} (${source})`,
    '',
    `rule      ${rule}`,
    `caller    ${caller ? Object.entries(caller).map(told).join(', ') : nobody(refusal?.reason)}`,
    ...conditions.map(({ condition, holds, reason }) =>
      holds ? `ok        ${condition}` : `failure   ${condition}: ${reason}`,
    ),
    ...(refusal ? ['', `${refusal.message}. ${refusal.cure}`, onTheWire(refusal)] : []),
  ].join('\n');
}

function nobody(reason: string | undefined): string {
  const isAnonymous = reason === undefined || reason === 'unauthenticated';
  return isAnonymous ? 'nobody is signed in' : 'nobody: the token itself is refused';
}

function told([name, value]: readonly [string, unknown]): string {
  return `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

function onTheWire({ reason, status }: NonNullable<Explanation['refusal']>): string {
  if (status === undefined) return `The client is told in the result of the call (${reason}).`;
  return `The client is told by ${status} (${reason}).`;
}
