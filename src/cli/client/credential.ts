import { isLoopbackHost } from '../../clerk/origin.js';
import { UsageError } from '../command.js';
import { readSeconds } from '../read-arguments.js';
import { readToken } from '../read-environment.js';
import type { Terminal } from '../terminal.js';
import { signInWithBrowser } from './browser-sign-in.js';
import { emulatorToken } from './emulator-token.js';

/** Options of the commands that act for somebody. */
export const CREDENTIAL_OPTIONS = {
  as: { type: 'string' },
  'client-id': { type: 'string' },
  'client-metadata': { type: 'string' },
  scope: { type: 'string' },
  wait: { type: 'string' },
  'no-browser': { type: 'boolean', default: false },
} as const;

/** The values of {@link CREDENTIAL_OPTIONS}. */
export interface CredentialValues {
  readonly as?: string | undefined;
  readonly 'client-id'?: string | undefined;
  readonly 'client-metadata'?: string | undefined;
  readonly scope?: string | undefined;
  readonly wait?: string | undefined;
  readonly 'no-browser': boolean;
}

/** Help for {@link CREDENTIAL_OPTIONS}. */
export const CREDENTIAL_USAGE = `  --as <e-mail>         as this user of the local Clerk emulator that the server uses, without a sign-in
  --client-id <id>      OAuth client to sign in with. Default: registers one
  --client-metadata <url>   URL of a client metadata document (CIMD) to sign in with
  --scope <scopes>      scopes to ask for, separated by spaces. Default: those that the server names
  --wait <seconds>      time for the sign-in. Default: 300
  --no-browser          print the URL of the sign-in only`;

/**
 * Gets an access token, from the local emulator or through a sign-in in the browser.
 *
 * @param url of the endpoint
 */
export async function getToken(
  url: string,
  values: CredentialValues,
  terminal: Terminal,
): Promise<string> {
  assertPrivate(url);
  if (values.as !== undefined) {
    refuseWith('as', values, ['client-id', 'client-metadata', 'wait']);
    return emulatorToken(url, { user: values.as, scope: values.scope }, terminal);
  }
  if (values['client-id'] !== undefined) refuseWith('client-id', values, ['client-metadata']);
  return signInWithBrowser(
    url,
    {
      clientId: values['client-id'],
      clientMetadata: values['client-metadata'],
      scope: values.scope,
      waitMs: readSeconds(values.wait ?? '300', '--wait', 3_600),
      opensBrowser: !values['no-browser'],
    },
    terminal,
  );
}

/**
 * The access token of a command that may do without: from the standard input, or by {@link getToken}.
 *
 * @returns `undefined` for an anonymous caller
 */
export async function findToken(
  url: string,
  values: CredentialValues & { readonly token: boolean; readonly 'sign-in': boolean },
  terminal: Terminal,
): Promise<string | undefined> {
  const ways = [
    values.token && 'token',
    values['sign-in'] && 'sign-in',
    values.as !== undefined && 'as',
  ].filter((way) => way !== false);
  const [way, another] = ways;
  if (another !== undefined) throw new UsageError(`Pass one of --${way} and --${another}.`);
  if (way !== 'sign-in') {
    const needless = ['client-id', 'client-metadata', 'wait'] as const;
    const given = needless.find((name) => values[name] !== undefined);
    if (given !== undefined) throw new UsageError(`--${given} requires --sign-in.`);
  }
  if (way === undefined) return undefined;
  if (way !== 'token') return getToken(url, values, terminal);
  assertPrivate(url);
  return readToken(terminal);
}

/** A token is not sent readably over a network. */
function assertPrivate(url: string): void {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || isLoopbackHost(hostname)) return;
  throw new UsageError(`${url} is not https, so that no token is sent to it.`);
}

function refuseWith(
  option: string,
  values: CredentialValues,
  others: readonly (keyof CredentialValues)[],
): void {
  const wrong = others.find((name) => values[name] !== undefined);
  if (wrong !== undefined) throw new UsageError(`--${wrong} cannot be combined with --${option}.`);
}
