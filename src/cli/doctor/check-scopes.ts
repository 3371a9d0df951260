import type { ResolvedClerkOptions } from '../../clerk/resolved-clerk-options.js';
import { isJsonObject } from '../../request/json-object.js';
import { isDocument, type Probe } from '../probe.js';
import { type Check, failure, ok, warning } from './report.js';

/** Scopes of a client that registers without `scope`, until the instance sets its own. */
export const CLERK_DEFAULT_SCOPES: readonly string[] = ['email', 'offline_access', 'profile'];

/**
 * Checks that clients can get the scopes that the server publishes. Clerk advertises a custom scope and
 * assigns it to applications independently, so a scope may be in use without being advertised.
 */
export async function checkScopes(
  { requested, advertised, clerk }: ScopeSetup,
  probe: Probe,
): Promise<readonly Check[]> {
  if (clerk === null) return [usableScopes(requested, advertised, undefined)];
  const headers = { authorization: `Bearer ${clerk.secretKey}` };
  const [settings, applications] = await Promise.all([
    probe(`${clerk.apiURL}/v1/instance/oauth_application_settings`, { headers }),
    probe(`${clerk.apiURL}/v1/oauth_applications?limit=${MAX_APPLICATIONS}`, { headers }),
  ]);
  const json = isDocument(settings) ? settings.json : {};
  const defaults = defaultScopesIn(json);
  const held = isDocument(applications) ? heldScopes(applications.json) : undefined;
  const used = held && { ...held, scopes: [...held.scopes, ...(defaults ?? [])] };
  return [
    usableScopes(requested, advertised, used),
    ...(json['dynamic_oauth_client_registration'] === true && defaults
      ? [defaultScopes(requested, defaults)]
      : []),
  ];
}

/** Input of {@link checkScopes}. */
interface ScopeSetup {
  /** Scopes in the resource metadata of the server. */
  readonly requested: readonly string[];
  /** Scopes in the metadata of the authorization server. */
  readonly advertised: readonly string[];
  /** `null` if no instance is configured. */
  readonly clerk: ResolvedClerkOptions | null;
}

/** Clerk's largest page. */
const MAX_APPLICATIONS = 500;

/** The default scopes of an instance, from `oauth_application_settings`; `undefined` if it tells none. */
export function defaultScopesIn(
  settings: Readonly<Record<string, unknown>>,
): readonly string[] | undefined {
  const value = settings['default_scopes'];
  if (value === null) return CLERK_DEFAULT_SCOPES;
  return Array.isArray(value) ? value.map(String) : undefined;
}

function heldScopes({ data, total_count }: Readonly<Record<string, unknown>>) {
  if (!Array.isArray(data)) return undefined;
  const scopes = data.flatMap((one: unknown) =>
    isJsonObject(one) && typeof one['scopes'] === 'string' ? one['scopes'].split(' ') : [],
  );
  return { scopes, isComplete: typeof total_count === 'number' && total_count <= data.length };
}

function usableScopes(
  requested: readonly string[],
  advertised: readonly string[],
  held: ReturnType<typeof heldScopes>,
): Check {
  const hidden = requested.filter((scope) => !advertised.includes(scope));
  const names = hidden.join(' ');
  if (hidden.length === 0)
    return ok('scopes', `Clerk supports the scopes that clients request: ${requested.join(' ')}`);
  const unused = hidden.filter((scope) => !held?.scopes.includes(scope));
  if (held && unused.length === 0) {
    return ok('scopes', `Clerk does not advertise ${names}, but OAuth applications hold them`);
  }
  if (!held?.isComplete) {
    return warning(
      'scopes',
      `Clerk does not advertise ${names}: a client that does not hold them gets invalid_scope`,
      'Check in the dashboard that these scopes exist and are assigned to the OAuth applications of the clients.',
    );
  }
  return failure(
    'scopes',
    `Clerk does not advertise ${unused.join(' ')}, and no OAuth application holds them, so sign-in fails with invalid_scope`,
    'Create these scopes in the dashboard and assign them to the OAuth applications, or remove them from the option scopes of ClerkAuthModule.',
  );
}

function defaultScopes(requested: readonly string[], defaults: readonly string[]): Check {
  const missing = requested.filter((scope) => !defaults.includes(scope));
  if (missing.length === 0) {
    return ok('default-scopes', 'A client that registers without scopes holds the required ones');
  }
  return warning(
    'default-scopes',
    `A client that registers without scopes holds ${defaults.join(' ') || 'none'}, but not ${missing.join(' ')}`,
    'Add them to the default scopes of the instance, or use clients that register with the scopes that the server names.',
  );
}
