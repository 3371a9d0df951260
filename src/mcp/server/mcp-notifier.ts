import { Inject, Injectable } from '@nestjs/common';
import type { ServerEventBus, ServerEvent } from '@modelcontextprotocol/server';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import { CONTAINED_EVENT_BUS } from '../mcp.tokens.js';
import type { Principal } from '../../request/principal.js';

/**
 * Tells clients what has changed: those that listen (2026-07-28) and those with a session (before it).
 *
 * @example
 * ```ts
 * await this.notes.save(note);
 * this.notifier.resourceUpdated(`notes://${note.id}`);
 * this.notifier.resourceUpdated('notes://recent', { organizationId });
 * ```
 *
 * Each method takes an audience: who may hear of it. Default: everybody who may use what has changed.
 */
@Injectable()
export class McpNotifier {
  constructor(
    @Inject(CONTAINED_EVENT_BUS) private readonly bus: ServerEventBus,
    private readonly catalog: McpCatalog,
  ) {}

  /** The list of tools is another one. */
  toolsChanged(audience?: McpAudience): void {
    this.publish({ kind: 'tools_list_changed' }, audience);
  }

  /** The list of prompts is another one. */
  promptsChanged(audience?: McpAudience): void {
    this.publish({ kind: 'prompts_list_changed' }, audience);
  }

  /** The list of resources is another one. */
  resourcesChanged(audience?: McpAudience): void {
    this.publish({ kind: 'resources_list_changed' }, audience);
  }

  /** The resource at this URI reads differently now. Told to those who subscribed to it. */
  resourceUpdated(uri: string, audience?: McpAudience): void {
    this.publish({ kind: 'resource_updated', uri: this.catalog.canonicalUri(uri) }, audience);
  }

  private publish(event: AddressedEvent, audience: McpAudience | undefined): void {
    this.bus.publish(audience ? { ...event, audience } : event);
  }
}

/** Who is told of a change: callers for whom everything holds that is given. */
export interface McpAudience {
  /** Id of the organization that the credential acts in. */
  readonly organizationId?: string;
  /** Whom the credential speaks for (`sub`). */
  readonly subject?: string;
}

/** An event as it travels over the bus: plain data, so that a bus of several nodes keeps it. */
export type AddressedEvent = ServerEvent & { readonly audience?: McpAudience };

/** Whether a caller belongs to the audience of an event. */
export function isMeantFor(event: AddressedEvent, principal: Principal | undefined): boolean {
  const { audience } = event;
  if (!audience) return true;
  const { organizationId, subject } = audience;
  return (
    (organizationId === undefined || organizationId === principal?.organization?.id) &&
    (subject === undefined || subject === principal?.subject)
  );
}
