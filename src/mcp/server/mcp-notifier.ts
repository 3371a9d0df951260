import type { ServerEventBus } from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';
import { McpCatalog } from '../catalog/mcp-catalog.js';
import { CONTAINED_EVENT_BUS } from '../mcp.tokens.js';
import type { AddressedEvent, McpAudience } from './addressed-event.js';

/**
 * Notifies clients of changes: those with a `subscriptions/listen` stream (2026-07-28) and those
 * with a session (earlier revisions).
 *
 * @example
 * ```ts
 * await this.notes.save(note);
 * this.notifier.resourceUpdated(`notes://${note.id}`);
 * this.notifier.resourceUpdated('notes://recent', { organizationId });
 * ```
 *
 * Each method takes an audience. Default: every caller who may use what has changed. The same
 * change is sent once, however often it is announced within one turn of the event loop.
 */
@Injectable()
export class McpNotifier {
  constructor(
    @Inject(CONTAINED_EVENT_BUS) private readonly bus: ServerEventBus,
    private readonly catalog: McpCatalog,
  ) {}

  /** Sends `notifications/tools/list_changed`. */
  toolsChanged(audience?: McpAudience): void {
    this.publish({ kind: 'tools_list_changed' }, audience);
  }

  /** Sends `notifications/prompts/list_changed`. */
  promptsChanged(audience?: McpAudience): void {
    this.publish({ kind: 'prompts_list_changed' }, audience);
  }

  /** Sends `notifications/resources/list_changed`. */
  resourcesChanged(audience?: McpAudience): void {
    this.publish({ kind: 'resources_list_changed' }, audience);
  }

  /** Sends `notifications/resources/updated` to the subscribers of this URI. */
  resourceUpdated(uri: string, audience?: McpAudience): void {
    this.publish({ kind: 'resource_updated', uri: this.catalog.canonicalUri(uri) }, audience);
  }

  private publish(event: AddressedEvent, audience: McpAudience | undefined): void {
    this.bus.publish(audience ? { ...event, audience } : event);
  }
}
