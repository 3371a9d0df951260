import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { createPrivateMember } from '../../request/private-member.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { BodyScan } from '../protocol/body-scan.js';
import type { ResolvedMcpLimits } from '../protocol/mcp-limits.js';
import { MemoryBudget, type MemoryShare } from '../protocol/memory-budget.js';
import { whenClosed } from '../server/node-response.js';
import { BodyRefusedError, overLimit } from './http-errors.js';

/**
 * Watches the bodies of requests as they come in: how deep they are nested and how many values they
 * have, before anybody parses them; how much memory those take that are on their way or being served;
 * and how long one may take to come.
 */
@Injectable()
export class RequestBodies implements OnModuleDestroy {
  private readonly limits: ResolvedMcpLimits;
  private readonly memory: MemoryShare;
  private readonly answers: MemoryShare;
  /** Large bodies that are not complete, the oldest first. */
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

  /** Large bodies that have not come in full. */
  get size(): number {
    return this.arriving.size;
  }

  /**
   * Watches one body.
   *
   * @param source what the parser reads: the request, or what decodes it. It does not flow yet
   * @param cut answers a body that does not come in full, where the parser would wait for the rest.
   *   Default: the parser is told, and answers
   */
  watch(
    request: IncomingMessage,
    response: ServerResponse,
    source: Readable,
    cut?: (error: BodyRefusedError) => void,
  ): void {
    const body = new ArrivingBody(source, new BodyScan(this.limits), cut);
    WATCHED.set(request, body);
    if (isLarge(request)) this.account(body, response);
    source.on('data', (chunk: Uint8Array) => this.receive(body, chunk));
  }

  /** A small one is not worth the bookkeeping: it takes no more than its connection does. */
  private account(body: ArrivingBody, response: ServerResponse): void {
    this.arriving.add(body);
    body.share = this.memory;
    body.source.once('end', () => this.arriving.delete(body));
    // A complete answer may wait long for its client to read it, and counts by itself.
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
    // The slowest gives way: a body that is sent in one go has come before it is its turn.
    while (this.memory.excess > 0 && !body.isOver) {
      const [slowest = body] = this.arriving;
      this.refuse(slowest, tooBusy());
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
        new BodyRefusedError(408, 'Request Timeout: the body did not come in time'),
      );
    }
  }
}

/** A body on its way in. */
class ArrivingBody {
  readonly startedAt = performance.now();
  /** What it takes memory of; `undefined` for a small one. */
  share: MemoryShare | undefined;
  /** Whether what still comes is dropped: it was refused, or its request has been answered. */
  isOver = false;
  private taken = 0;

  constructor(
    readonly source: Readable,
    readonly scan: BodyScan,
    private readonly cut: ((error: BodyRefusedError) => void) | undefined,
  ) {}

  grow(): void {
    const { weight } = this.scan;
    this.share?.take(weight - this.taken);
    this.taken = weight;
  }

  /** Gives back what it does not take any more. */
  shrink(bytes: number): void {
    if (bytes >= this.taken) return;
    this.share?.give(this.taken - bytes);
    this.taken = bytes;
  }

  end(): void {
    this.isOver = true;
    this.shrink(0);
  }

  /** Tells the parser, which drops what it has and answers. What still comes is read and dropped. */
  refuse(error: BodyRefusedError): void {
    this.end();
    if (this.cut && error.statusCode !== 400) this.cut(error);
    else if (this.source.listenerCount('error') > 0) this.source.emit('error', error);
    else this.source.destroy();
    this.source.resume();
  }
}

/** Whether the limits were checked before the body was parsed: somebody else may have parsed it. */
export function wasWatched(request: IncomingMessage): boolean {
  return WATCHED.get(request) !== undefined;
}

/** Notes how many bytes are kept of a body that was parsed. */
export function shrinkBody(request: IncomingMessage, bytes: number): void {
  WATCHED.get(request)?.shrink(bytes);
}

const WATCHED = createPrivateMember<ArrivingBody>();

/** Without a length it may become any. */
function isLarge({ headers }: IncomingMessage): boolean {
  return !(Number(headers['content-length'] ?? Infinity) <= SMALL_BYTES);
}

function tooBusy(): BodyRefusedError {
  return new BodyRefusedError(503, 'The server has no room for this body. Try again later.');
}

const SMALL_BYTES = 8_192;
const SWEEP_MS = 1_000;
