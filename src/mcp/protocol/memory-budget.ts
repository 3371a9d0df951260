import { getHeapStatistics } from 'node:v8';
import { Injectable, Module } from '@nestjs/common';
import { MEMORY_SHARES } from './mcp-limits.js';

/** A part of the memory budget of the process. */
export class MemoryShare {
  private taken = 0;
  private readonly reclaimers = new Set<() => void>();

  /** @param limit bytes, asked for each time: an endpoint may lower the budget while the process boots */
  constructor(private readonly limitOf: () => number) {}

  /** Bytes that are taken now. */
  get used(): number {
    return this.taken;
  }

  /** Bytes that may be taken. */
  get limit(): number {
    return this.limitOf();
  }

  /** Bytes that are taken over the limit; 0 where there is room. */
  get excess(): number {
    return Math.max(0, this.taken - this.limit);
  }

  /** Takes so many bytes, whether there is room or not; where there is none, others give way. */
  take(bytes: number): void {
    this.taken += bytes;
    for (const reclaim of this.reclaimers) {
      if (this.excess === 0) return;
      reclaim();
    }
  }

  /** Registers what gives bytes back when there is no room for more. */
  onExcess(reclaim: () => void): void {
    this.reclaimers.add(reclaim);
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.taken -= bytes;
  }
}

/** What the endpoints of this process keep for their callers, in bytes. All endpoints share it. */
@Injectable()
export class MemoryBudget {
  private bytes = Math.floor(getHeapStatistics().heap_size_limit * DEFAULT_SHARE_OF_HEAP);
  readonly bodies = this.share('bodies');
  readonly answers = this.share('answers');
  readonly sessions = this.share('sessions');
  readonly events = this.share('events');
  readonly pages = this.share('pages');
  private isGiven = false;

  /** Bytes of all shares. */
  get limit(): number {
    return this.bytes;
  }

  /** Sets the budget; of several values the smallest holds. */
  limitTo(bytes: number | undefined): void {
    if (bytes === undefined) return;
    this.bytes = this.isGiven ? Math.min(this.bytes, bytes) : bytes;
    this.isGiven = true;
  }

  private share(name: keyof typeof MEMORY_SHARES): MemoryShare {
    return new MemoryShare(() => this.bytes * MEMORY_SHARES[name]);
  }
}

/** Makes one budget for all endpoints of the application. */
@Module({ providers: [MemoryBudget], exports: [MemoryBudget] })
export class MemoryModule {}

const DEFAULT_SHARE_OF_HEAP = 0.4;
