import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import type { MemoryShare } from '../protocol/memory-budget.js';

/** The resources that the client of one session subscribed to, by their canonical URIs. */
export class Subscriptions {
  private readonly uris = new Set<string>();
  private characters = 0;

  constructor(
    private readonly limits: Pick<ResolvedMcpLimits, 'subscriptionUris' | 'subscriptionLength'>,
    private readonly memory: MemoryShare,
  ) {}

  has(uri: string): boolean {
    return this.uris.has(uri);
  }

  /** @throws {ProtocolError} -32602 the session has no room for another subscription */
  add(uri: string): void {
    if (this.uris.has(uri)) return;
    const { subscriptionUris, subscriptionLength } = this.limits;
    if (this.uris.size >= subscriptionUris || this.characters + uri.length > subscriptionLength) {
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `This session has ${this.uris.size} subscriptions, and no room for this one. Unsubscribe from some first.`,
      );
    }
    this.uris.add(uri);
    this.characters += uri.length;
    this.memory.take(weightOf(uri));
  }

  delete(uri: string): void {
    if (!this.uris.delete(uri)) return;
    this.characters -= uri.length;
    this.memory.give(weightOf(uri));
  }

  /** Ends all subscriptions: the session has ended. */
  clear(): void {
    for (const uri of this.uris) this.delete(uri);
  }
}

function weightOf(uri: string): number {
  return 2 * uri.length + BYTES_OF_ENTRY;
}

const BYTES_OF_ENTRY = 40;
