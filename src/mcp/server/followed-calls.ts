import { setTimeout } from 'node:timers/promises';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import type { Backplane, Json, TopicMessage } from '../../backplane/backplane.js';
import { nodeOf } from '../../backplane/node-id.js';
import { JSON_RPC, jsonRpcError } from '../protocol/json-rpc-error.js';
import { logOf, messageOf, readEventId } from './backplane-event-stores.js';
import type { EventConnection } from './event-connection.js';
import type { FollowedStream } from './session-peers.js';

/**
 * The streams of calls that run at other nodes, for clients that came back here: their events are read
 * from the log into which the other node writes them.
 */
export class FollowedCalls {
  private isClosed = false;

  constructor(private readonly backplane: Backplane) {}

  /** Ends all of them. */
  close(): void {
    this.isClosed = true;
  }

  /** @returns false if the log does not have the event from which the client goes on */
  async follow(stream: FollowedStream, connection: EventConnection): Promise<boolean> {
    const log = logOf(stream.sessionId, stream.streamId);
    const cursor = readEventId(stream.lastEventId)?.cursor;
    const entries = await this.backplane.logs.read(log, cursor).catch(() => undefined);
    if (!entries || cursor === undefined) return false;
    void this.pump({ ...stream, log, cursor }, entries, connection);
    return true;
  }

  private async pump(
    stream: Followed,
    first: readonly TopicMessage[],
    connection: EventConnection,
  ): Promise<void> {
    let { cursor } = stream;
    let entries: readonly TopicMessage[] | undefined = first;
    for (let round = 1; entries && !connection.isClosed && !this.isClosed; round += 1) {
      for (const { cursor: at, message } of entries) {
        cursor = at;
        if (message['v'] === 1 && message['end'] === true) return connection.end();
        const event = eventIn(message);
        if (event) connection.send({ id: `${stream.streamId}_${at}`, message: event });
      }
      await setTimeout(POLL_MS, undefined, { ref: false });
      if (round % ROUNDS_PER_CHECK === 0 && (await this.isGone(stream))) {
        return this.endAbandoned({ ...stream, cursor }, connection);
      }
      // While Redis is away the client waits: it has lost nothing.
      const next: readonly TopicMessage[] | undefined = await this.backplane.logs
        .read(stream.log, cursor)
        .catch(() => []);
      entries = next;
    }
    connection.end();
  }

  private async isGone({ streamId }: Followed): Promise<boolean> {
    const isAlive = await this.backplane.leases.isAlive(nodeOf(streamId) ?? '').catch(() => true);
    return !isAlive;
  }

  /** The node has ended: its calls that have no answer are answered with an error. */
  private async endAbandoned(
    { log, cursor, streamId }: Followed,
    connection: EventConnection,
  ): Promise<void> {
    const all = (await this.backplane.logs.read(log).catch(() => undefined)) ?? [];
    const rest = all.slice(all.findIndex((entry) => entry.cursor === cursor) + 1);
    const answered = new Set<unknown>();
    for (const { message } of all) answered.add(messageOf(message)?.['id']);
    for (const { cursor: at, message } of rest) {
      const event = eventIn(message);
      if (event) connection.send({ id: `${streamId}_${at}`, message: event });
    }
    for (const id of requestIdsIn(all)) {
      if (answered.has(id)) continue;
      const { error } = jsonRpcError(JSON_RPC.serverError, 'The node that ran this call is gone');
      connection.send({ id: '', message: { jsonrpc: '2.0', id, error } });
    }
    connection.end();
  }
}

interface Followed extends FollowedStream {
  readonly log: string;
  readonly cursor: string;
}

/** The message of an entry; `undefined` for the one that only gives the client an id. */
function eventIn(entry: Json): JSONRPCMessage | undefined {
  const message = messageOf(entry);
  if (!message || !('jsonrpc' in message)) return undefined;
  return message as unknown as JSONRPCMessage; // As the other node has sent it.
}

/** The ids of the requests that a stream answers, which its first entry has. */
function requestIdsIn(entries: readonly TopicMessage[]): readonly (string | number)[] {
  const [first] = entries;
  const ids = first && messageOf(first.message)?.['requestIds'];
  if (!Array.isArray(ids)) return [];
  return ids.filter((id) => typeof id === 'string' || typeof id === 'number');
}

const POLL_MS = 250;
/** The lease of the other node is looked at every five seconds. */
const ROUNDS_PER_CHECK = 20;
