import { Inject, Injectable } from '@nestjs/common';
import type { Backplane } from '../../backplane/backplane.js';
import { BACKPLANE } from '../../backplane/backplane.module.js';
import { isJsonObject } from '../../request/json-object.js';

/**
 * Messages of the application to all nodes of the service, such as to add the same entry at each of them.
 * In one process without Redis, that process alone gets them.
 *
 * @example
 * ```ts
 * this.peers.on('plugin', ({ name }) => this.install(String(name)));
 * await this.peers.broadcast('plugin', { name: 'reports' });
 * ```
 */
@Injectable()
export class McpPeers {
  constructor(@Inject(BACKPLANE) private readonly backplane: Backplane) {}

  /** Name of this process, new with each start: 8 lower-case letters and digits. */
  get nodeId(): string {
    return this.backplane.nodeId;
  }

  /** Whether there can be other nodes. */
  get isShared(): boolean {
    return this.backplane.isShared;
  }

  /**
   * Sends a message, which is plain JSON, to every node that runs, this one included. A node that starts
   * later does not get it.
   *
   * @returns false if the engine fails, and this node alone has got it
   */
  broadcast(subject: string, message: Readonly<Record<string, unknown>>): Promise<boolean> {
    return this.backplane.topics.publish(topicOf(subject), { v: 1, message });
  }

  /**
   * Calls a listener with each message about a subject, in the same order at each node. An error that it
   * throws is logged.
   *
   * @returns a function that ends the subscription
   */
  on(subject: string, listener: (message: Readonly<Record<string, unknown>>) => void): () => void {
    return this.backplane.topics.subscribe(topicOf(subject), {
      message: ({ v, message }) => {
        if (v === 1 && isJsonObject(message)) listener(message);
      },
    });
  }
}

function topicOf(subject: string): string {
  return `application ${subject}`;
}
