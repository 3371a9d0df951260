import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { Logger } from '@nestjs/common';
import type { Backplane, Json } from '../../backplane/backplane.js';
import { NodeGoneError } from '../../backplane/backplane.errors.js';
import { describeFailure } from '../../backplane/contained-seam.js';
import { nodeOf } from '../../backplane/node-id.js';
import { DeadNodes, type TaskTimes } from './dead-nodes.js';
import { noRoom, type LiveTask } from './live-task.js';
import type { RecordAtRevision, SharedTaskStore } from './shared-task-store.js';
import { isExpired, isSettled, type StoredTask } from './stored-task.js';
import { CANCELLED, EXPIRED, NODE_GONE } from './task-endings.js';
import { assertAnswers, type InputResponses } from './task-input.js';
import { storeUnavailable, type ContainedTaskStore } from './task-store.js';

/** The services and callbacks of {@link TaskNodes}. */
interface TaskNodesParts {
  readonly backplane: Backplane;
  readonly store: SharedTaskStore;
  /** The same store, within its time limit. */
  readonly contained: ContainedTaskStore;
  /** The tasks that this node runs, or whose last state is not stored yet. */
  readonly live: ReadonlyMap<string, LiveTask>;
  /** Whether a client at this node listens to a task. */
  readonly isWatched: (id: string) => boolean;
  /** Called with the changes of tasks that other nodes run and clients of this node listen to. */
  readonly changed: (task: StoredTask) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly times: TaskTimes;
}

/**
 * The tasks of a server at its other nodes: finds those of a node that has died, passes on what concerns a
 * task that another node runs, and follows what other nodes do to the tasks of this one.
 *
 * A change that concerns one node is a message to it. The states of a task are read when a client asks;
 * they are announced to all nodes, as an id and a revision, only for tasks that a client listens to at
 * another node than the one that runs it. A task that nobody listens to costs no messages.
 */
export class TaskNodes {
  private readonly logger = new Logger('McpTasks');
  /** Tasks that clients listen to here and other nodes run, as they were told last. */
  private readonly followed = new Map<string, RecordAtRevision>();
  private readonly dead: DeadNodes;
  private isRejoining = false;
  private readonly ends: readonly (() => void)[];
  private readonly sweeper: NodeJS.Timeout;

  constructor(private readonly parts: TaskNodesParts) {
    const { backplane, store } = parts;
    const { mailbox, topics, leases } = backplane;
    this.dead = new DeadNodes(backplane, parts.contained, parts.times);
    this.ends = [
      mailbox.handle(store.topic, (message) => this.answer(message)),
      topics.subscribe(store.topic, {
        message: (message) => void this.heard(message),
        gap: () => void this.followAll(),
      }),
      leases.onLost(() => void this.rejoin()),
      backplane.onDataLost(() => void this.restore()),
      backplane.onReachable(() => this.onreachable()),
    ];
    this.sweeper = setInterval(() => void this.sweep(), parts.times.sweepMs).unref();
  }

  close(): void {
    clearInterval(this.sweeper);
    for (const end of this.ends) end();
  }

  /** The task, or its end if the node that ran it has died. */
  async withoutDeadNode(task: StoredTask): Promise<StoredTask> {
    const node = nodeOf(task.id);
    if (isSettled(task) || task.detached || node === undefined) return task;
    if (!(await this.dead.has(node))) return task;
    return (await this.end(task.id)) ?? task;
  }

  /**
   * Passes answers of the client to the node that runs the task.
   *
   * @throws {ProtocolError} -32602 an answer is malformed, -32603 they were not accepted
   */
  async update(task: StoredTask, responses: InputResponses): Promise<void> {
    if (task.state.status !== 'input_required') return;
    assertAnswers(task.state.inputRequests, responses);
    const { contained, store } = this.parts;
    const bytes = Buffer.byteLength(JSON.stringify(responses));
    if (!store.reserve({ ...task, heldBytes: (task.heldBytes ?? 0) + bytes })) throw noRoom();
    const kept = await contained.ask(() => store.keepAnswers(task.id, responses));
    if (!kept?.isChanged) return;
    const answer = await this.tell(task.id, kept.revision);
    if (answer === 'gone') {
      const ended = task.detached ? undefined : await this.end(task.id);
      throw ended ? nodeGone() : storeUnavailable();
    }
    if (answer === undefined) throw storeUnavailable();
    const { refused } = answer;
    if (typeof refused === 'string') {
      throw new ProtocolError(ProtocolErrorCode.InternalError, refused);
    }
  }

  /**
   * Ends a task for its client, and aborts its handler at the other node.
   *
   * @throws {ProtocolError} -32603 the store does not answer
   */
  async cancel(id: string): Promise<void> {
    const { contained, store } = this.parts;
    const settled = await contained.ask(() => store.settle(id, CANCELLED));
    if (settled?.isChanged) await this.tell(id, settled.revision);
  }

  /**
   * The task, whose changes are then passed to `changed`; `undefined` if it does not exist, or while the
   * store fails.
   */
  async follow(id: string): Promise<StoredTask | undefined> {
    const { contained, store, isWatched } = this.parts;
    try {
      const found = await contained.run(() => store.watch(id));
      if (!found) return undefined;
      if (isWatched(id)) this.followed.set(id, found);
      return await this.withoutDeadNode(found.record.task);
    } catch {
      return undefined;
    }
  }

  /** No client of this node listens any more. */
  unfollow(id: string): void {
    this.followed.delete(id);
  }

  /** Ends the tasks of nodes that have died. Looks for changes that were not heard. */
  async sweep(): Promise<void> {
    // An engine that hangs and answers again is found here: the connection was not lost.
    const { backplane } = this.parts;
    if (!backplane.isReachable) return this.dead.unreachable();
    if (!this.dead.isReachable) this.onreachable();
    await this.attempt(() => this.discardOrphans());
    await this.attempt(() => this.dead.sweep((node) => this.endTasksOf(node)));
    await this.followAll();
  }

  private async discardOrphans(): Promise<void> {
    const { store, live } = this.parts;
    await Promise.all(store.orphans((id) => live.has(id)).map((id) => store.discard(id)));
  }

  private async endTasksOf(node: string): Promise<void> {
    const ids = await this.parts.store.idsOf(node);
    for (let first = 0; first < ids.length; first += AT_ONCE) {
      const some = ids.slice(first, first + AT_ONCE);
      await Promise.all(some.map((id) => this.parts.store.settle(id, NODE_GONE)));
    }
  }

  /** Reads the tasks that clients listen to here again: messages may have been lost. */
  private async followAll(): Promise<void> {
    await Promise.all([...this.followed.keys()].map((id) => this.readAgain(id)));
  }

  private async heard({ v, id, revision }: Json): Promise<void> {
    if (v !== 1 || typeof id !== 'string') return;
    const { live, isWatched, store } = this.parts;
    if (!live.has(id) && !isWatched(id)) return;
    if (store.knows(id, revision) || this.followed.get(id)?.revision === revision) return;
    await this.readAgain(id);
  }

  /** Reads a task, and does what its record says. */
  private async readAgain(id: string): Promise<void> {
    await this.attempt(async () => {
      const { contained, store, live } = this.parts;
      const found = await contained.run(() => store.read(id));
      const here = live.get(id);
      if (here && found) await this.apply(here, found);
      else if (!here) this.tellWatchers(id, found);
    });
  }

  /** @throws {ProtocolError} an answer is not accepted */
  private async apply(here: LiveTask, { record }: RecordAtRevision): Promise<void> {
    if (isSettled(record.task)) here.endAs(record.task);
    else if (record.answers) await here.acceptAnswers(record.answers);
  }

  private tellWatchers(id: string, found: RecordAtRevision | undefined): void {
    const told = this.followed.get(id);
    if (!told || (found && found.revision <= told.revision)) return;
    if (!found && !isExpired(told.record.task, this.parts.now())) return;
    const task = found?.record.task ?? { ...told.record.task, state: EXPIRED };
    if (isSettled(task)) this.followed.delete(id);
    else if (found) this.followed.set(id, found);
    this.parts.changed(task);
  }

  /** Has the node that runs a task read its record. `gone`: it has died; `undefined`: it did not answer. */
  private async tell(id: string, revision: number): Promise<Json | 'gone' | undefined> {
    const { backplane, store } = this.parts;
    const node = nodeOf(id);
    if (node === undefined) return undefined;
    try {
      const answer = await backplane.mailbox.ask(node, store.topic, { v: 1, id });
      return answer['v'] === 1 ? answer : undefined;
    } catch (error) {
      if (error instanceof NodeGoneError) return this.dead.isKnown ? 'gone' : undefined;
      this.logger.debug(`A message about a task ${describeFailure(error)}.`);
      // It reads its topics from where it was, once it can.
      store.publish(id, revision);
      return undefined;
    }
  }

  /** @throws {Error} the mail is of another version: its sender answers that it is not accepted */
  private async answer({ v, id }: Json): Promise<Json> {
    if (v !== 1) throw new Error('unknown version');
    const here = typeof id === 'string' ? this.parts.live.get(id) : undefined;
    if (!here) return { v: 1 };
    const { contained, store } = this.parts;
    const found = await contained.run(() => store.read(here.task.id));
    try {
      if (found) await this.apply(here, found);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return { v: 1, refused: error.message };
    }
    return { v: 1 };
  }

  /** The lease of this node was lost: others may have ended its tasks. */
  private async rejoin(): Promise<void> {
    this.isRejoining = true;
    try {
      const { live, contained, store } = this.parts;
      for (const [id, here] of live) {
        await this.attempt(async () => {
          const found = await contained.run(() => store.read(id));
          if (found) return this.apply(here, found);
          here.endAs({ ...here.task, state: NODE_GONE });
        });
      }
    } finally {
      this.isRejoining = false;
    }
  }

  /** The engine has lost its data: the tasks that this node runs are stored again. */
  private async restore(): Promise<void> {
    // A node that others had given up finds its records missing for another reason.
    if (this.isRejoining) return;
    const { live, store } = this.parts;
    for (const { task } of live.values()) await this.attempt(() => store.restore(task));
  }

  private onreachable(): void {
    this.dead.reachable();
    for (const task of this.parts.live.values()) task.retrySaving();
    void this.followAll();
  }

  private async end(id: string): Promise<StoredTask | undefined> {
    const { contained, store } = this.parts;
    try {
      return (await contained.run(() => store.settle(id, NODE_GONE)))?.record.task;
    } catch {
      return undefined;
    }
  }

  /** A failure of the engine is logged by the seam; what was not done is done at the next sweep. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.logger.debug(`Following the tasks of other nodes ${describeFailure(error)}.`);
    }
  }
}

function nodeGone(): ProtocolError {
  return new ProtocolError(
    ProtocolErrorCode.InternalError,
    'The task has failed: the node that ran it is gone.',
  );
}

const AT_ONCE = 20;
