import {
  isSpecType,
  type InitializeRequest,
  type LoggingLevel,
} from '@modelcontextprotocol/server';
import type { Json } from '../../backplane/backplane.js';
import { isJsonObject } from '../../request/json-object.js';
import { initializeRequestIn } from './session-server.js';

/** A session as the nodes share it. */
export interface SessionRecord {
  /** Key of its owner; `undefined` while it is anonymous. */
  readonly owner: string | undefined;
  /** The request with which the client introduced itself. */
  readonly opening: InitializeRequest;
  /** When the anonymous client was asked to sign in, in milliseconds since the epoch. */
  readonly challengedAt: number | undefined;
  /** Increased with each new owner, who does not get the events of the earlier one. */
  readonly generation: number;
  /** The resources that the client subscribed to. */
  readonly uris: ReadonlySet<string>;
  readonly logLevel: LoggingLevel | undefined;
}

export function newRecord(owner: string | undefined, opening: InitializeRequest): SessionRecord {
  return {
    owner,
    opening,
    challengedAt: undefined,
    generation: 0,
    uris: new Set(),
    logLevel: undefined,
  };
}

/** The record with one more subscription. */
export function withUri(record: SessionRecord, uri: string): SessionRecord {
  return { ...record, uris: new Set([...record.uris, uri]) };
}

/** The record with one subscription less. */
export function withoutUri(record: SessionRecord, uri: string): SessionRecord {
  return { ...record, uris: new Set([...record.uris].filter((one) => one !== uri)) };
}

/** @param known the stored form, whose members of later versions are kept */
export function writeSession(session: SessionRecord, known: Json = {}): Json {
  const { owner, opening, challengedAt, generation, uris, logLevel } = session;
  return {
    ...known,
    v: VERSION,
    owner: owner ?? null,
    opening: { method: opening.method, params: opening.params },
    challengedAt: challengedAt ?? null,
    generation,
    uris: [...uris],
    logLevel: logLevel ?? null,
  };
}

/** @returns `undefined` for a record of an unknown version or shape */
export function readSession(stored: Json): SessionRecord | undefined {
  const { v, owner, opening, challengedAt, generation, uris, logLevel } = stored;
  if (v !== VERSION || !isJsonObject(opening)) return undefined;
  const request = initializeRequestIn({ jsonrpc: '2.0', id: 0, ...opening });
  // A session without a readable owner must not become anonymous.
  if (!request || !(owner === null || typeof owner === 'string')) return undefined;
  return {
    owner: owner ?? undefined,
    opening: request,
    challengedAt: typeof challengedAt === 'number' ? challengedAt : undefined,
    generation: typeof generation === 'number' ? generation : 0,
    uris: new Set(Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : []),
    logLevel: isSpecType.LoggingLevel(logLevel) ? logLevel : undefined,
  };
}

const VERSION = 1;
