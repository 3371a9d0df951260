import type { ProbeResult } from '../../probe.js';
import { ok, warning } from '../report.js';
import type { Findings } from './findings.js';
import { bodyOf, errorOf, type LiveInstance } from './live-instance.js';

/** Registers clients with and without `scope` (RFC 7591), and reads what they hold. */
export async function checkRegistration(
  instance: LiveInstance,
  findings: Findings,
  redirectUri: string,
): Promise<void> {
  const without = await instance.register([redirectUri], undefined);
  const facts = (findings.facts.registration = {});
  const isOff = 'status' in without && without.status >= 400 && without.status < 500;
  if (!('status' in without) || without.status !== 201) {
    const told = findings.switches.dynamicClientRegistration;
    if (isOff && without.status !== 429 && told !== true) {
      findings.saw({ dynamicClientRegistration: false });
      findings.missed('The instance told no default scopes.', 'defaultScopes');
      findings.add(ok('live-registration', `Clients cannot register (${errorOf(without)})`));
      return;
    }
    const cure = 'Run the check again; read the log of the instance in the dashboard.';
    findings.missed('No client could be registered.', 'defaultScopes', 'dynamicClientRegistration');
    findings.add(warning('live-registration', `A registration got ${errorOf(without)}`, cure));
    return;
  }
  findings.saw({ dynamicClientRegistration: true });
  const held = await heldBy(instance, without);
  findings.saw({ defaultScopes: [...held] });
  Object.assign(facts, { withoutScope: { asked: [], status: 201, holds: held } });
  const list = held.join(' ') || 'no scope';
  findings.add(ok('live-registration', `A client that registers without scope holds ${list}`));
  Object.assign(facts, { withScope: await registerFor(instance, findings, redirectUri, ASKED) });
  const [custom] = findings.switches.advertisedScopes ?? [];
  if (custom === undefined) return;
  const customScope = await registerFor(instance, findings, redirectUri, ['profile', custom]);
  Object.assign(facts, { customScope });
}

const ASKED = ['openid', 'email'];

async function registerFor(
  instance: LiveInstance,
  findings: Findings,
  redirectUri: string,
  asked: readonly string[],
) {
  const answer = await instance.register([redirectUri], asked.join(' '));
  const name = 'live-registration-scope';
  if (!('status' in answer) || answer.status !== 201) {
    const error = errorOf(answer);
    const cure = 'Register clients with scopes that exist, or create them in the dashboard.';
    findings.add(warning(name, `A registration for ${asked.join(' ')} got ${error}`, cure));
    return { asked, status: 'status' in answer ? answer.status : 0, error };
  }
  const holds = await heldBy(instance, answer);
  const message = `A client that registers for ${asked.join(' ')} holds ${holds.join(' ') || 'no scope'}`;
  findings.add(ok(name, message));
  return { asked, status: 201, holds };
}

/** The scopes of a client by the Backend API, which knows them best, or by its registration. */
async function heldBy(instance: LiveInstance, answer: ProbeResult): Promise<readonly string[]> {
  const { client_id: clientId, scope } = bodyOf(answer);
  const application = await instance.application(String(clientId));
  instance.secrets.keep(application?.['id'], application?.['instance_id']);
  const scopes = application?.['scopes'] ?? scope;
  return typeof scopes === 'string' ? scopes.split(' ').filter(Boolean) : [];
}
