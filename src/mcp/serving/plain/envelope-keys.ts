import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/server';

/** The revision whose requests have an envelope. */
export const MODERN = '2026-07-28';

/** The keys of `_meta` that are the envelope. */
export const ENVELOPE: ReadonlySet<string> = new Set([
  PROTOCOL_VERSION_META_KEY,
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
]);

/** Keys of `_meta` that belong to the protocol begin with it. */
export const RESERVED = 'io.modelcontextprotocol/';

/** The other one, which is older. */
export const PROGRESS_TOKEN = 'progressToken';
