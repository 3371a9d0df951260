import { isJsonObject, type JsonObject } from '../json-object.js';
import { isLoopbackHost } from '../origin.js';

/** Largest metadata document that is passed on, in bytes. Clerk's has some 2 KB. */
export const MAX_METADATA_BYTES = 65_536;

/**
 * The members of an authorization server's metadata (RFC 8414) that are passed on. Clients open and call
 * the URLs in it, so that only `https:` URLs pass, and `http:` ones of this machine where the issuer is on
 * this machine as well. Other members that name a URL are left out.
 */
export function publishedMetadata(document: JsonObject, issuer: string): JsonObject {
  const allowsHttp = isLoopbackHost(new URL(issuer).hostname);
  return membersOf(document, (value) => isPublishable(value, allowsHttp), 0);
}

type UrlCheck = (value: unknown) => boolean;

function isPublishable(value: unknown, allowsHttp: boolean): boolean {
  if (typeof value !== 'string' || !/^https?:\/\/[^\s]+$/i.test(value)) return false;
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (allowsHttp && isLoopbackHost(hostname));
}

function membersOf(object: JsonObject, isUrl: UrlCheck, depth: number): JsonObject {
  const members = Object.entries(object).flatMap(([name, value]) => {
    const passed = NAMES_URL.test(name) ? urlsIn(value, isUrl) : valueOf(value, isUrl, depth);
    return passed === undefined ? [] : [[name, passed] as const];
  });
  return Object.fromEntries(members);
}

/** One URL, or a list of URLs. */
function urlsIn(value: unknown, isUrl: UrlCheck): unknown {
  if (Array.isArray(value)) return value.filter(isUrl);
  return isUrl(value) ? value : undefined;
}

function valueOf(value: unknown, isUrl: UrlCheck, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return undefined;
  if (isJsonObject(value)) return membersOf(value, isUrl, depth + 1);
  return Array.from(value as readonly unknown[], (entry) =>
    valueOf(entry, isUrl, depth + 1),
  ).filter((entry) => entry !== undefined);
}

/** `token_endpoint`, `jwks_uri`, `issuer` and their like, at the top and in `mtls_endpoint_aliases`. */
const NAMES_URL =
  /(_endpoint|_ur[il]s?|_iframe)$|^(issuer|service_documentation|protected_resources)$/;
/** The metadata of RFC 8414 has one level below its own. */
const MAX_DEPTH = 4;
