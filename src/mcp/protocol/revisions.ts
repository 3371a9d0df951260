import { SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';

/** The revision without sessions, whose requests have an envelope. */
export const MODERN = '2026-07-28';

/** The revisions of MCP that clients may use, the newest first. */
export const REVISIONS: readonly string[] = [MODERN, ...SUPPORTED_PROTOCOL_VERSIONS];
