import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { catchError, type MaybePromise } from '../../request/value-or-promise.js';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import type { MemoryShare } from '../protocol/memory-budget.js';

/** Is told of changes of subscriptions. */
interface SubscriptionObserver {
  /** @throws if the subscription cannot be kept, which is then undone */
  subscribed(uri: string): MaybePromise<void>;
  unsubscribed(uri: string): MaybePromise<void>;
}

/** The resources that the client of one session subscribed to, by their canonical URIs. */
export class Subscriptions {
  private readonly uris = new Set<string>();
  private characters = 0;

  constructor(
    private readonly limits: Pick<ResolvedMcpLimits, 'subscriptionUris' | 'subscriptionLength'>,
    private readonly memory: MemoryShare,
    private readonly observer?: SubscriptionObserver,
  ) {}

  /** The URIs, in the order in which they were added. */
  get all(): readonly string[] {
    return [...this.uris];
  }

  has(uri: string): boolean {
    return this.uris.has(uri);
  }

  /** @throws {ProtocolError} -32602 the session has no room for another subscription */
  add(uri: string): MaybePromise<void> {
    if (this.uris.has(uri)) return;
    const { subscriptionUris, subscriptionLength } = this.limits;
    if (this.uris.size >= subscriptionUris || this.characters + uri.length > subscriptionLength) {
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `This session has ${this.uris.size} subscriptions, and no room for this one. Unsubscribe from some first.`,
      );
    }
    this.insert(uri);
    return catchError(
      () => this.observer?.subscribed(uri),
      (error) => {
        this.remove(uri);
        throw error;
      },
    );
  }

  delete(uri: string): MaybePromise<void> {
    if (this.remove(uri)) return this.observer?.unsubscribed(uri);
  }

  /** Takes over the subscriptions that another node knows. Its limits held there. */
  replace(uris: ReadonlySet<string>): void {
    for (const uri of this.all) if (!uris.has(uri)) this.remove(uri);
    for (const uri of uris) if (!this.uris.has(uri)) this.insert(uri);
  }

  /** Ends all subscriptions: the session has ended. */
  clear(): void {
    for (const uri of this.all) this.remove(uri);
  }

  private insert(uri: string): void {
    this.uris.add(uri);
    this.characters += uri.length;
    this.memory.take(weightOf(uri));
  }

  private remove(uri: string): boolean {
    if (!this.uris.delete(uri)) return false;
    this.characters -= uri.length;
    this.memory.give(weightOf(uri));
    return true;
  }
}

function weightOf(uri: string): number {
  return 2 * uri.length + BYTES_OF_ENTRY;
}

const BYTES_OF_ENTRY = 40;
