import { Logger } from '@nestjs/common';
import type { Json, MailHandler, Mailbox } from '../backplane/backplane.js';
import { BackplaneError, NodeGoneError } from '../backplane/backplane.errors.js';
import { describeFailure } from '../backplane/contained-seam.js';
import { isJsonObject } from '../request/json-object.js';
import { RedisScript, type RedisCommands } from './redis-commands.js';
import type { RedisLeases } from './redis-leases.js';
import type { Sealer } from './sealer.js';
import { ORIGIN, type StreamReader } from './stream-reader.js';
import type { UnopenedLog } from './unopened-log.js';

/** A mailbox per node, as a Redis stream that the node reads. */
export class RedisMailbox implements Mailbox {
  private readonly logger = new Logger('RedisModule');
  private readonly handlers = new Map<string, MailHandler>();
  private readonly asked = new Map<number, Asked>();
  private lastAsked = 0;
  /** Number of messages of other nodes that are being handled. */
  handling = 0;

  constructor(
    private readonly redis: RedisCommands,
    private readonly leases: RedisLeases,
    private readonly sealer: Sealer,
    private readonly unopened: UnopenedLog,
    private readonly nodeId: string,
    reader: StreamReader,
  ) {
    const key = this.keyOf(nodeId);
    reader.add({
      key,
      cursor: ORIGIN,
      entry: (_cursor, sealed) => this.receive(sealed, key),
      gap: () => undefined,
    });
  }

  /** Number of messages to other nodes that have no answer yet. */
  get waiting(): number {
    return this.asked.size;
  }

  async ask(
    node: string,
    subject: string,
    message: Json,
    timeoutMs: number = ANSWER_MS,
  ): Promise<Json> {
    if (this.asked.size >= MOST_ASKED) throw new BackplaneError('too many messages wait');
    this.lastAsked += 1;
    const id = this.lastAsked;
    const { promise, asked } = waitForAnswer(timeoutMs);
    this.asked.set(id, asked);
    const sent = this.sendToLiving(node, {
      id,
      from: this.nodeId,
      subject,
      message,
      until: timeoutMs,
    });
    try {
      // An answer may come before Redis confirms the question. Both have somebody who waits from the start:
      // a rejection without one ends the process.
      await Promise.race([promise, sent]);
      return await promise;
    } finally {
      clearTimeout(asked.timer);
      this.asked.delete(id);
    }
  }

  handle(subject: string, handler: MailHandler): () => void {
    this.handlers.set(subject, handler);
    return () => void this.handlers.delete(subject);
  }

  /** Sends an entry that is ignored: the reader then looks for new streams. */
  wake(): void {
    void this.send(this.nodeId, {}).catch(() => undefined);
  }

  private keyOf(node: string): string {
    return this.redis.topicKey('m', node);
  }

  /** @throws {NodeGoneError} the node has ended */
  private async sendToLiving(node: string, mail: Json): Promise<void> {
    const [isAlive] = await Promise.all([this.leases.isAlive(node), this.send(node, mail)]);
    if (!isAlive) throw new NodeGoneError();
  }

  private async send(node: string, mail: Json): Promise<void> {
    const key = this.keyOf(node);
    await this.redis.script(SEND, key, this.sealer.seal(mail, key), MOST_MAIL, MAIL_TTL_MS);
  }

  private receive(sealed: string, key: string): void {
    const mail = this.sealer.open(sealed, key);
    if (!mail) return this.unopened.log('A message to this node');
    const { id, from, subject, message, answer, failed } = mail;
    if (typeof id !== 'number') return;
    if (typeof from === 'string' && typeof subject === 'string' && isJsonObject(message)) {
      void this.answer({ id, from, subject, message }).catch((error: unknown) => {
        this.logger.debug(`An answer to another node ${describeFailure(error)}.`);
      });
      return;
    }
    const asked = this.asked.get(id);
    if (failed === true) asked?.reject(new BackplaneError('the node that was asked failed'));
    else if (isJsonObject(answer)) asked?.resolve(answer);
  }

  private async answer({ id, from, subject, message }: Mail): Promise<void> {
    const handler = this.handlers.get(subject);
    let answer: Json | undefined;
    this.handling += 1;
    try {
      answer = await handler?.(message, from);
    } catch (error) {
      this.logger.warn(`The handler of ${subject} ${describeFailure(error)}.`);
    } finally {
      this.handling -= 1;
    }
    await this.send(from, answer ? { id, answer } : { id, failed: true });
  }
}

interface Mail {
  readonly id: number;
  readonly from: string;
  readonly subject: string;
  readonly message: Json;
}

interface Asked {
  readonly resolve: (answer: Json) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

function waitForAnswer(timeoutMs: number): {
  readonly promise: Promise<Json>;
  readonly asked: Asked;
} {
  const { promise, resolve, reject } = withResolvers<Json>();
  const timer = setTimeout(
    () => reject(new BackplaneError('the node that was asked did not answer in time')),
    timeoutMs,
  );
  return { promise, asked: { resolve, reject, timer } };
}

/** `Promise.withResolvers()`, which Node 20 does not have. */
function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}

const ANSWER_MS = 1_000;
const MOST_ASKED = 10_000;
const MOST_MAIL = 10_000;
/** A node that lives reads its mail at once. */
const MAIL_TTL_MS = 60_000;

const SEND = new RedisScript(`
  redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], '*', 'd', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  return 1
`);
