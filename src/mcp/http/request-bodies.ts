import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { createPrivateMember } from '../../request/private-member.js';
import type { ExchangeObserver } from '../../instrumentation/instrumentation.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { BodyScan } from '../protocol/body-scan.js';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import { MemoryBudget, type MemoryShare } from '../protocol/memory-budget.js';
import type { McpReading } from '../protocol/read-messages.js';
import { whenClosed } from '../server/node-response.js';
import { BodyRefusedError, overLimit } from './http-errors.js';

/**
 * Limits request bodies while they are received: their nesting and number of values before they are
 * parsed, the memory of all bodies that are received or served, and the time that one may take.
 */
@Injectable()
export class RequestBodies implements OnModuleDestroy {
  private readonly limits: ResolvedMcpLimits;
  private readonly memory: MemoryShare;
  private readonly answers: MemoryShare;
  /** Large bodies that are not complete, oldest first. */
  private readonly arriving = new Set<ArrivingBody>();
  private sweeper: NodeJS.Timeout | undefined;

  constructor(@Inject(RESOLVED_MCP_OPTIONS) { limits }: ResolvedMcpOptions, budget: MemoryBudget) {
    this.limits = limits;
    this.memory = budget.bodies;
    this.answers = budget.answers;
    budget.limitTo(limits.memoryBytes);
  }

  onModuleDestroy(): void {
    clearInterval(this.sweeper);
  }

  /** Number of large bodies that are not complete. */
  get size(): number {
    return this.arriving.size;
  }

  /**
   * Watches one body.
   *
   * @param stream what the parser reads: the request or its decoder. It must not flow yet
   * @param cut answers a body that is cut short, where the parser would wait for the rest.
   *   Default: the stream emits the error, and the parser answers
   */
  watch(
    request: IncomingMessage,
    response: ServerResponse,
    stream: Readable,
    cut?: (error: BodyRefusedError) => void,
  ): void {
    const body = new ArrivingBody(stream, new BodyScan(this.limits), cut);
    bodyOf(request).watched = body;
    if (isLarge(request)) this.account(body, response);
    stream.on('data', (chunk: Uint8Array) => this.receive(body, chunk));
  }

  /** Small bodies are not accounted: they take no more memory than their connection. */
  private account(body: ArrivingBody, response: ServerResponse): void {
    this.arriving.add(body);
    body.share = this.memory;
    body.stream.once('end', () => this.arriving.delete(body));
    // A complete answer may wait long for its client to read it, and is accounted separately.
    response.once('prefinish', () => body.shrink(0));
    whenClosed(response, () => {
      this.arriving.delete(body);
      body.end();
    });
    this.sweeper ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  private receive(body: ArrivingBody, chunk: Uint8Array): void {
    if (body.isOver) return;
    const exceeded = body.scan.read(chunk);
    if (exceeded) return this.refuse(body, overLimit(exceeded, this.limits[exceeded]));
    if (!body.share) return;
    if (this.answers.excess > 0) return this.refuse(body, tooBusy());
    body.grow();
    // The oldest incomplete body is the slowest one, and is refused first.
    while (this.memory.excess > 0 && !body.isOver) {
      const [oldest = body] = this.arriving;
      this.refuse(oldest, tooBusy());
    }
  }

  private refuse(body: ArrivingBody, error: BodyRefusedError): void {
    this.arriving.delete(body);
    body.refuse(error);
  }

  private sweep(): void {
    const oldest = performance.now() - this.limits.bodyMs;
    for (const body of this.arriving) {
      if (body.startedAt > oldest) return;
      this.refuse(
        body,
        new BodyRefusedError(408, 'Request Timeout: the body was not received in time'),
      );
    }
  }
}

/** A body that is being received. */
class ArrivingBody {
  readonly startedAt = performance.now();
  /** The memory that it is accounted in; `undefined` for a small body. */
  share: MemoryShare | undefined;
  /** Whether further chunks are dropped: it was refused, or its request has been answered. */
  isOver = false;
  private taken = 0;

  constructor(
    readonly stream: Readable,
    readonly scan: BodyScan,
    private readonly cut: ((error: BodyRefusedError) => void) | undefined,
  ) {}

  grow(): void {
    const { weight } = this.scan;
    this.share?.take(weight - this.taken);
    this.taken = weight;
  }

  /** Returns the memory above this size. */
  shrink(bytes: number): void {
    if (bytes >= this.taken) return;
    this.share?.give(this.taken - bytes);
    this.taken = bytes;
  }

  end(): void {
    this.isOver = true;
    this.shrink(0);
  }

  /** Makes the parser answer with the error. Further chunks are read and dropped. */
  refuse(error: BodyRefusedError): void {
    this.end();
    if (this.cut && error.statusCode !== 400) this.cut(error);
    else if (this.stream.listenerCount('error') > 0) this.stream.emit('error', error);
    else this.stream.destroy();
    this.stream.resume();
  }
}

/** The body of one request. */
interface RequestBody {
  /** Greater than that of every request that arrived before. */
  readonly arrival: number;
  /**
   * The body as it is received; `undefined` if its limits were not checked before parsing, because the
   * application has its own parser.
   */
  watched?: ArrivingBody;
  /** The messages of the parsed body, once they have been read. */
  reading?: McpReading;
  /** Follows the messages, while something is recorded. */
  observer?: ExchangeObserver | undefined;
}

/** The body of a request. Created on first use. */
export function bodyOf(request: IncomingMessage): RequestBody {
  const known = BODIES.get(request);
  if (known) return known;
  arrivals += 1;
  const body: RequestBody = { arrival: arrivals };
  BODIES.set(request, body);
  return body;
}

const BODIES = createPrivateMember<RequestBody>();
let arrivals = 0;

/** A body without a length may grow to any size. */
function isLarge({ headers }: IncomingMessage): boolean {
  return !(Number(headers['content-length'] ?? Infinity) <= SMALL_BYTES);
}

function tooBusy(): BodyRefusedError {
  return new BodyRefusedError(503, 'The server has no room for this body. Try again later.');
}

const SMALL_BYTES = 8_192;
const SWEEP_MS = 1_000;
