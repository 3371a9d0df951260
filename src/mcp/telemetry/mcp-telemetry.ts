import type { IncomingMessage } from 'node:http';
import { PROTOCOL_VERSION_META_KEY } from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';
import { INSTRUMENTATION } from '../../instrumentation/instrumentation.module.js';
import type {
  ExchangeObserver,
  Instrumentation,
  ObservedCaller,
  ObservedMessage,
  ObservedTarget,
} from '../../instrumentation/instrumentation.js';
import type { Principal } from '../../request/principal.js';
import { entriesUsedBy } from '../catalog/entries-used.js';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import { MCP_PATH } from '../mcp.tokens.js';
import type { McpMessage, McpReading } from '../protocol/read-messages.js';
import { REVISIONS } from '../protocol/revisions.js';

/** Describes the exchanges of this endpoint to the instrumentation. */
@Injectable()
export class McpTelemetry {
  constructor(
    @Inject(INSTRUMENTATION) private readonly instrumentation: Instrumentation,
    private readonly catalog: McpCatalog,
    @Inject(MCP_PATH) private readonly endpoint: string,
  ) {}

  /** @returns `undefined` while nothing is recorded, and for a request without messages */
  open(reading: McpReading, request?: IncomingMessage): ExchangeObserver | undefined {
    if (!this.instrumentation.isOn || reading.messages.length === 0) return undefined;
    const sessionId = request?.headers['mcp-session-id'];
    return this.instrumentation.observe({
      transport: request ? 'http' : 'stdio',
      endpoint: this.endpoint,
      messages: reading.messages.map((message) => this.describe(message)),
      protocolVersion: revisionOf(reading, request),
      sessionId: typeof sessionId === 'string' ? sessionId : undefined,
      httpVersion: request?.httpVersion === '2.0' ? '2' : request?.httpVersion,
      headers: request?.headers,
    });
  }

  private describe(message: McpMessage): ObservedMessage {
    const { id, method, meta, json } = message;
    return {
      // A notification may have an `id` in its JSON, but nobody answers it.
      id: json && 'id' in json && !isAnswer(json) ? id : undefined,
      method: method ?? notificationOf(message),
      target: this.targetOf(message),
      meta,
    };
  }

  /** Names of entries that do not exist are text of the caller. */
  private targetOf(message: McpMessage): ObservedTarget | undefined {
    if (!message.traits.uses) return undefined;
    const [use] = entriesUsedBy(message, this.catalog);
    if (!use?.entry) return undefined;
    const kind = use.kind === 'resource template' ? 'resource' : use.kind;
    return { kind, name: use.entry.key };
  }
}

/** Who calls, without personal data. */
export function observedCaller({ tokenType, clientId, organization }: Principal): ObservedCaller {
  return { tokenType, clientId, organizationId: organization?.id };
}

/** Whether a message answers a question of the server: its `id` is that of the question. */
function isAnswer(json: object): boolean {
  return !('method' in json) && ('result' in json || 'error' in json);
}

/** The revision that a client names; `undefined` for one that does not exist. */
function revisionOf(
  { messages: [message] }: McpReading,
  request: IncomingMessage | undefined,
): string | undefined {
  const named: unknown =
    message?.meta?.[PROTOCOL_VERSION_META_KEY] ??
    request?.headers['mcp-protocol-version'] ??
    (message?.method === 'initialize' ? message.params['protocolVersion'] : undefined);
  return REVISIONS.find((revision) => revision === named);
}

/** The method of a notification of the protocol. */
function notificationOf({ json }: McpMessage): string | undefined {
  const method: unknown = json && Reflect.get(json, 'method');
  return NOTIFICATIONS.find((one) => one === method);
}

const NOTIFICATIONS: readonly string[] = [
  'notifications/cancelled',
  'notifications/initialized',
  'notifications/progress',
  'notifications/roots/list_changed',
];
