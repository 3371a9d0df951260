import { ClerkConfigurationError } from './clerk.errors.js';

/**
 * The normal form of an http or https URI by RFC 3986 §6.2.2 and §6.2.3: scheme and host in lower case, no
 * default port, no dot segments, `/` for an empty path, percent-encoding in upper case and only where needed.
 * Trailing slashes and queries are kept.
 *
 * @returns other text, and URIs with another spelling of a host that WHATWG parsers would change, as they are
 */
export function normalizeAudience(uri: string): string {
  const [, host] = HTTP_URI.exec(uri) ?? [];
  if (host === undefined || !URL.canParse(uri)) return uri;
  const { hostname, href } = new URL(uri);
  // WHATWG parsers read `127.1` and `0x7f.1` as addresses; to RFC 3986 they are names.
  if (!host.startsWith('[') && host.toLowerCase() !== hostname) return uri;
  return href.replace(ENCODED, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return UNRESERVED.test(character) ? character : encoded.toUpperCase();
  });
}

/** Whether an audience of a token is among the accepted ones, which are in normal form. */
export function acceptsAudience(accepted: readonly string[], name: string): boolean {
  // Clients send the identifier as they read it, so the usual token needs no normal form.
  return accepted.includes(name) || accepted.includes(normalizeAudience(name));
}

/**
 * Reads the option `audiences`.
 *
 * @param option name of the option, for the error
 * @returns normal forms
 * @throws {ClerkConfigurationError} there are too many, or one is not an http or https URI without fragment
 */
export function readAudiences(
  option: string,
  audiences: readonly string[] | undefined = [],
): readonly string[] {
  if (!Array.isArray(audiences)) {
    throw new ClerkConfigurationError(`${option} is not a list. Write ['https://…'].`);
  }
  if (audiences.length > MAX_AUDIENCES) {
    throw new ClerkConfigurationError(
      `${option} has ${audiences.length} entries. Write at most ${MAX_AUDIENCES}.`,
    );
  }
  return audiences.map((audience) => {
    const problem = audienceProblem(audience);
    if (problem !== undefined) throw new ClerkConfigurationError(`${option}: ${problem}`);
    return normalizeAudience(audience);
  });
}

/** What is wrong with an entry of `audiences`, and what to write; `undefined` if nothing is. */
export function audienceProblem(audience: unknown): string | undefined {
  const shown = showAudience(audience);
  if (typeof audience !== 'string' || !HTTP_URI.test(audience) || !URL.canParse(audience)) {
    return `${shown} is not an absolute http or https URI without fragment. ${WRITE}`;
  }
  if (audience.length > MAX_LENGTH) {
    return `${shown} has ${audience.length} characters. Write at most ${MAX_LENGTH}.`;
  }
  const { username, password, hostname, pathname } = new URL(audience);
  if (username !== '' || password !== '') {
    return `${shown} has a user name or a password. Leave them out.`;
  }
  if (hostname.includes('*') || pathname.endsWith('*')) {
    return `${shown} looks like a pattern, and audiences are compared whole. ${WRITE}`;
  }
  return undefined;
}

/** An audience for a log or an error: bounded, in printable ASCII, without user name and password. */
export function showAudience(audience: unknown): string {
  const text = typeof audience === 'string' ? audience : (JSON.stringify(audience) ?? 'undefined');
  const plain = text.replace(/\/\/[^/?#]*@/, '//***@');
  const shown = plain.length > MAX_SHOWN ? `${plain.slice(0, MAX_SHOWN)}...` : plain;
  return JSON.stringify(shown).replace(/[^\x20-\x7E]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Number of entries of `audiences`. */
export const MAX_AUDIENCES = 20;

const WRITE =
  "Write each audience as it stands in the aud of the tokens, such as 'https://mcp.example.com/mcp'.";

/** Characters of an entry. */
const MAX_LENGTH = 2_048;
/** Characters of an entry in a message. */
const MAX_SHOWN = 200;

/** In the characters that RFC 3986 allows, without fragment. The group is the host. */
const HTTP_URI =
  /^https?:\/\/(?:[\w.~!$&'()*+,;=:%-]*@)?(\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::\d*)?(?:[/?](?:[\w.~!$&'()*+,;=:@/?-]|%[\da-f]{2})*)?$/i;
const ENCODED = /%[\da-f]{2}/gi;
const UNRESERVED = /^[\w.~-]$/;
