import { ClerkConfigurationError } from '../clerk.errors.js';
import { readOrigin } from '../origin.js';

/**
 * Finds the Frontend API from the domain, the publishable key, or both when they agree.
 *
 * @throws {ClerkConfigurationError} when both are missing, one is malformed, or they disagree
 */
export function readFrontendApi(options: {
  readonly clerkDomain: string | undefined;
  readonly publishableKey: string | undefined;
  readonly live: boolean;
}): FrontendApi {
  const { clerkDomain, publishableKey, live } = options;
  const given = clerkDomain === undefined ? undefined : readOrigin('clerkDomain', clerkDomain);
  // http means a local Clerk emulator; its keys may name any instance, or none.
  if (given?.startsWith('http:')) {
    return { issuer: given, publishableKey: publishableKeyFor(new URL(given).host, live) };
  }

  const named = publishableKey === undefined ? undefined : hostIn(publishableKey);
  const issuer = given ?? (named === undefined ? undefined : readOrigin('clerkDomain', named));
  if (issuer === undefined) {
    throw new ClerkConfigurationError(
      'Missing required config: clerkDomain. Set CLERK_DOMAIN to the host of your Frontend API, or CLERK_PUBLISHABLE_KEY, from which it is derived.',
    );
  }
  const { host } = new URL(issuer);
  if (named !== undefined && named !== host) {
    throw new ClerkConfigurationError(
      `publishableKey belongs to ${named}, clerkDomain is ${host}. Take both from the same Clerk instance, or leave clerkDomain out.`,
    );
  }
  return { issuer, publishableKey: publishableKey ?? publishableKeyFor(host, live) };
}

/**
 * Origin of Clerk's Account Portal for the origin of a Frontend API: `https://accounts.example.com` for
 * `https://clerk.example.com`, `https://<name>.accounts.dev` for `https://<name>.clerk.accounts.dev`. For any
 * other origin, such as that of the emulator, the origin itself.
 */
export function accountPortalOf(issuer: string): string {
  return issuer
    .replace(/^https:\/\/clerk\./, 'https://accounts.')
    .replace(/^(https:\/\/[^./]+)\.clerk\.accounts\.dev$/, '$1.accounts.dev');
}

/** The Frontend API of a Clerk instance, and a publishable key that names it. */
interface FrontendApi {
  readonly issuer: string;
  readonly publishableKey: string;
}

/**
 * The host inside `pk_test_` or `pk_live_` + base64 of `<host>$`.
 *
 * @throws {ClerkConfigurationError} when the key is malformed
 */
export function hostIn(publishableKey: string): string {
  const encoded = /^pk_(?:test|live)_([A-Za-z0-9+/_-]+=*)$/.exec(publishableKey)?.[1];
  const decoded = encoded === undefined ? '' : Buffer.from(encoded, 'base64').toString('utf8');
  const host = /^([A-Za-z0-9.:[\]-]+)\$$/.exec(decoded)?.[1];
  if (host === undefined) {
    throw new ClerkConfigurationError(
      'publishableKey is malformed. Copy it again from the API keys page of the Clerk dashboard.',
    );
  }
  return host.toLowerCase();
}

/** The SDK requires a publishable key, but uses it only for cookies, which are not used here. */
function publishableKeyFor(host: string, live: boolean): string {
  // The SDK rejects a host without a dot.
  const name = host.includes('.') ? host : 'clerk.invalid';
  return `pk_${live ? 'live' : 'test'}_${Buffer.from(`${name}$`).toString('base64')}`;
}
