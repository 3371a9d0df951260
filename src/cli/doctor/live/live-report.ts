import { CLERK_SCOPES, textsIn } from './check-metadata.js';
import { type LiveFileContent, LIVE_FORMAT, LIVE_VERSION } from '../../live-file.js';
import { textReport } from '../report.js';
import { answersOf } from './answers.js';
import { SWITCH_NAMES } from './findings.js';
import type { LiveRun } from './live-run.js';
import type { Secrets } from '../../secrets.js';

/** The result for `emulator --like`. It has no credential, no id of the instance and no personal datum. */
export function liveContent({ findings, secrets }: LiveRun, now: number): LiveFileContent {
  const { facts, checks, unseen } = findings;
  const scopes = new Set<string>();
  const switches: LiveFileContent['switches'] = {};
  for (const name of SWITCH_NAMES) {
    const value = findings.switches[name];
    if (value === undefined) continue;
    const kept = isScopeSwitch(name)
      ? textsIn(value).filter((scope) => isScopeName(scope, secrets))
      : value;
    Object.assign(switches, { [name]: kept });
    if (isScopeSwitch(name)) for (const scope of textsIn(kept)) scopes.add(scope);
  }
  return {
    format: LIVE_FORMAT,
    version: LIVE_VERSION,
    createdAt: new Date(now).toISOString(),
    switches,
    customScopes: [...scopes].filter((scope) => !CLERK_SCOPES.includes(scope)),
    ...secrets.redactJson({
      notSeen: unseen,
      answers: [...answersOf(facts)],
      // A copy, because an interface has no index signature.
      facts: { ...facts },
      checks: checks.map((check) => ({ ...check })),
    }),
  };
}

const SCOPE_SWITCHES = ['defaultScopes', 'clientMetadataScopes', 'advertisedScopes'];
const isScopeSwitch = (name: string): boolean => SCOPE_SWITCHES.includes(name);

/** Whether a text of the instance is a scope (RFC 6749 §3.3), and no credential in the place of one. */
function isScopeName(text: string, secrets: Secrets): boolean {
  if (CLERK_SCOPES.includes(text)) return true;
  return /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(text) && secrets.redact(text) === text;
}

/** The result for people. */
export function liveText({ checks, answers, switches, notSeen }: LiveFileContent): string {
  return [
    textReport(checks),
    '',
    'Questions that the documentation of Clerk leaves open:',
    ...answers.flatMap(({ question, answer }) => [`  ${question}`, `      ${answer}`]),
    '',
    'Switches of an emulator that answers alike:',
    ...Object.entries(switches).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}`),
    ...(Object.keys(notSeen).length > 0
      ? ['', 'Not seen, so the default of the emulator stays:']
      : []),
    ...byReason(notSeen).map(([reason, names]) => `  ${names.join(', ')}\n      ${reason}`),
  ].join('\n');
}

function byReason(
  notSeen: Readonly<Record<string, string>>,
): readonly (readonly [reason: string, names: readonly string[]])[] {
  const names = Object.keys(notSeen);
  const reasons = [...new Set(Object.values(notSeen))];
  return reasons.map((reason) => [reason, names.filter((name) => notSeen[name] === reason)]);
}
