import { Inject, Injectable } from '@nestjs/common';
import type { ServerEventBus } from '@modelcontextprotocol/server';
import { MCP_EVENT_BUS } from '../mcp.tokens.js';

/**
 * Tells clients what has changed: those that listen (2026-07-28) and those with a session (before it).
 *
 * @example
 * ```ts
 * await this.notes.save(note);
 * this.notifier.resourceUpdated(`notes://${note.id}`);
 * ```
 */
@Injectable()
export class McpNotifier {
  constructor(@Inject(MCP_EVENT_BUS) private readonly bus: ServerEventBus) {}

  /** The list of tools is another one. */
  toolsChanged(): void {
    this.bus.publish({ kind: 'tools_list_changed' });
  }

  /** The list of prompts is another one. */
  promptsChanged(): void {
    this.bus.publish({ kind: 'prompts_list_changed' });
  }

  /** The list of resources is another one. */
  resourcesChanged(): void {
    this.bus.publish({ kind: 'resources_list_changed' });
  }

  /** The resource at this URI reads differently now. Told to those who subscribed to it. */
  resourceUpdated(uri: string): void {
    this.bus.publish({ kind: 'resource_updated', uri });
  }
}
