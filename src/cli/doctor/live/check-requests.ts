import { ok, warning } from '../report.js';
import { knock, type Knock } from './authorization.js';
import type { Findings } from './findings.js';
import { errorOf, type LiveInstance } from './live-instance.js';

/** Requests whose answers need nobody who signs in: redirect URIs, errors, the form of a request. */
export async function checkRequests(
  instance: LiveInstance,
  findings: Findings,
  { clientId, port }: { readonly clientId: string; readonly port: number },
): Promise<void> {
  await checkRedirects(instance, findings, clientId, port);
  await checkTokenEndpoint(instance, findings, clientId);
}

/** The redirect URIs of the client that {@link checkRequests} uses. */
export function loopbackRedirectUris(port: number): readonly string[] {
  return HOSTS.map((host) => `http://${host}:${port}/callback`);
}

const HOSTS = ['127.0.0.1', '[::1]', 'localhost'] as const;

async function checkRedirects(
  instance: LiveInstance,
  findings: Findings,
  clientId: string,
  port: number,
): Promise<void> {
  const other = port === 65_535 ? port - 1 : port + 1;
  const same = await knock(instance, { clientId, redirectUri: uri('127.0.0.1', port), scope });
  if (redirectOf(same) !== 'accepted') {
    findings.missed('The registered redirect URI is not accepted.', 'loopbackRedirects');
    const cure = 'Run the check again; read the log of the instance in the dashboard.';
    const why = same.outcome === 'accepted' ? '' : same.error;
    findings.add(warning('live-redirects', `The registered redirect URI got ${why}`, cure));
    return;
  }
  const redirects: Record<string, 'accepted' | 'refused' | 'unknown'> = {};
  for (const host of HOSTS) {
    redirects[host] = redirectOf(
      await knock(instance, { clientId, redirectUri: uri(host, other), scope }),
    );
  }
  findings.facts.redirects = redirects;
  const known = redirects['127.0.0.1'];
  if (known === 'unknown' || known === undefined) {
    findings.missed('The answer to another port is not clear.', 'loopbackRedirects');
  } else findings.saw({ loopbackRedirects: known === 'accepted' ? 'any_port' : 'exact' });
  const list = HOSTS.map((host) => `${host} ${redirects[host]}`).join(', ');
  findings.add(ok('live-redirects', `A redirect URI with another port: ${list}`));
}

const scope = 'profile';
const uri = (host: string, port: number): string => `http://${host}:${port}/callback`;

function redirectOf(answer: Knock): 'accepted' | 'refused' | 'unknown' {
  if (answer.outcome !== 'refused') return answer.outcome;
  return answer.atClient ? 'accepted' : 'refused';
}

async function checkTokenEndpoint(
  instance: LiveInstance,
  findings: Findings,
  clientId: string,
): Promise<void> {
  const form = { grant_type: 'refresh_token', refresh_token: 'nestjs-clerk-mcp-doctor' };
  const invalid = await instance.token(clientId, form);
  if ('status' in invalid) {
    const error = errorOf(invalid);
    findings.facts.invalidGrant = { status: invalid.status, error };
    if (error === 'invalid_grant' && (invalid.status === 400 || invalid.status === 401)) {
      findings.saw({ invalidGrantStatus: invalid.status });
    }
    findings.add(ok('live-invalid-grant', `A wrong refresh token gets ${invalid.status} ${error}`));
  } else {
    const cure = 'Run the check again when the instance answers.';
    findings.add(warning('live-invalid-grant', `The token endpoint: ${invalid.failure}`, cure));
  }
  findings.missed(
    'A wrong refresh token got another error than invalid_grant.',
    'invalidGrantStatus',
  );
  const json = await instance.frontend('/oauth/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_id: clientId, ...form }),
  });
  if (!('status' in json)) return;
  const error = errorOf(json);
  findings.facts.jsonTokenRequest = { status: json.status, error };
  findings.add(ok('live-token-json', `JSON at the token endpoint gets ${json.status} ${error}`));
}
