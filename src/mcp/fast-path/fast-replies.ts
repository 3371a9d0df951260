import { ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { ObservedAnswer } from '../../instrumentation/instrumentation.js';
import type { ServerParts } from '../server/catalog-server.js';
import { createCatalogServer } from '../server/serve-catalog.js';
import { serves, type ServedKind } from '../server/served-kinds.js';
import type { AnswerJson } from './answer-json.js';
import type { FastRequest } from './fast-request.js';
import { MODERN } from '../protocol/revisions.js';

/** An answer that needs no handler. */
export interface FastReply {
  readonly status: number;
  readonly text: string;
  /** What it is, for the observer of its exchange. */
  readonly ends: ObservedAnswer;
}

/** Answers to `ping`, to `server/discover`, and to unknown methods. */
export class FastReplies {
  private discovery: { readonly served: string; readonly text: string } | undefined;

  constructor(
    private readonly parts: ServerParts,
    private readonly json: AnswerJson,
  ) {}

  /** @returns `undefined` for a request of another method */
  replyTo({ era, id, method, message }: FastRequest): FastReply | undefined {
    if (message.method === undefined) {
      const status = era === 'modern' ? 404 : 200;
      return { status, text: this.json.writeError(id, METHOD_NOT_FOUND), ends: NOT_FOUND };
    }
    if (method === 'ping') return { status: 200, text: this.json.write(era, id, ''), ends: RESULT };
    if (method !== 'server/discover') return undefined;
    const text = `${this.discoveryUpToId()}${JSON.stringify(id)}}`;
    return { status: 200, text, ends: RESULT };
  }

  /** Written anew when the server begins or ends to serve a kind of entries. */
  private discoveryUpToId(): string {
    const served = KINDS.filter((kind) => serves(kind, this.parts)).join();
    if (this.discovery?.served === served) return this.discovery.text;
    const { instructions } = this.parts.options;
    const members = JSON.stringify({
      supportedVersions: [MODERN],
      capabilities: createCatalogServer(this.parts, 'modern').server.getCapabilities(),
      ...(instructions && { instructions }),
    });
    const text = this.json.writeUpToId('modern', members.slice(1, -1), DISCOVERY_HINT);
    this.discovery = { served, text };
    return text;
  }
}

const KINDS: readonly ServedKind[] = ['tool', 'resource', 'prompt', 'completion'];

const METHOD_NOT_FOUND = { code: ProtocolErrorCode.MethodNotFound, message: 'Method not found' };

const NOT_FOUND: ObservedAnswer = { kind: 'error', code: METHOD_NOT_FOUND.code };
const RESULT: ObservedAnswer = { kind: 'result' };

/** The default of the SDK. */
const DISCOVERY_HINT = { ttlMs: 0, cacheScope: 'private' };
