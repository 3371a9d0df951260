import type { RequestId } from '@modelcontextprotocol/server';
import type { Backplane, Json } from '../../backplane/backplane.js';
import type { CancelledCall } from './session-peers.js';

/** What a node does when another one tells of a session. */
interface SignalHandlers {
  /** The session has ended. */
  ended(sessionId: string): void;
  /** Its record was changed. @param cursor of the signal; `undefined` while Redis is away */
  changed(sessionId: string, cursor: string | undefined): void;
  /** Its client has cancelled a call, which this node may run. */
  cancelled(sessionId: string, call: CancelledCall): void;
  /** Its stream was opened at another node. */
  streamMoved(sessionId: string): void;
  /** Messages of other nodes were lost. */
  missed(): void;
}

/** What the nodes tell each other of sessions. */
export class SessionSignals {
  private readonly topic: string;
  /** Sessions whose stream this node has opened, and has not yet heard that it did. */
  private readonly opening = new Map<string, number>();
  /** Ends the subscription. */
  readonly close: () => void;

  /** @param path of the endpoint */
  constructor(
    private readonly backplane: Pick<Backplane, 'nodeId' | 'topics'>,
    path: string,
    private readonly handlers: SignalHandlers,
  ) {
    this.topic = `sessions ${path}`;
    this.close = backplane.topics.subscribe(this.topic, {
      message: (message, cursor) => this.receive(message, cursor),
      gap: () => handlers.missed(),
    });
  }

  async tellEnded(id: string): Promise<void> {
    await this.publish({ kind: 'ended', id });
  }

  async tellChanged(id: string): Promise<void> {
    await this.publish({ kind: 'changed', id });
  }

  tellCancelled(id: string, { id: requestId, reason }: CancelledCall): void {
    void this.publish({
      kind: 'cancelled',
      id,
      requestId,
      ...(reason !== undefined && { reason }),
    });
  }

  /** Tells that this node has the stream of a session. Those that other nodes opened before end. */
  tellStream(id: string): void {
    this.opening.set(id, (this.opening.get(id) ?? 0) + 1);
    void this.publish({ kind: 'stream', id });
  }

  private async publish(signal: Json): Promise<void> {
    const { nodeId, topics } = this.backplane;
    await topics.publish(this.topic, { v: 1, from: nodeId, ...signal });
  }

  private receive(signal: Json, cursor: string | undefined): void {
    const { v, kind, id, from, requestId, reason } = signal;
    if (v !== 1 || typeof id !== 'string') return;
    const { handlers } = this;
    const isOwn = from === this.backplane.nodeId;
    if (kind === 'stream') return isOwn ? this.streamIsOrdered(id) : this.streamMoved(id);
    // Changes of this node, too: they may have met those of others.
    if (kind === 'ended') return handlers.ended(id);
    if (kind === 'changed') return handlers.changed(id, cursor);
    if (isOwn || kind !== 'cancelled' || !isRequestId(requestId)) return;
    const call = typeof reason === 'string' ? { id: requestId, reason } : { id: requestId };
    handlers.cancelled(id, call);
  }

  /** The stream that was opened last goes on, in the order in which all nodes hear of it. */
  private streamMoved(id: string): void {
    if (!this.opening.has(id)) this.handlers.streamMoved(id);
  }

  private streamIsOrdered(id: string): void {
    const left = (this.opening.get(id) ?? 0) - 1;
    if (left > 0) this.opening.set(id, left);
    else this.opening.delete(id);
  }
}

function isRequestId(id: unknown): id is RequestId {
  return typeof id === 'string' || typeof id === 'number';
}
