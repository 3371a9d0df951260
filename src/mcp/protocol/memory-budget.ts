import { getHeapStatistics } from 'node:v8';
import { Injectable, Module } from '@nestjs/common';
import { MEMORY_SHARES } from './mcp-limits.js';

/** A part of the memory budget of the process. */
export class MemoryShare {
  private usedBytes = 0;
  private readonly reclaimers = new Set<() => void>();

  /**
   * @param limitOf returns the limit in bytes: an endpoint may lower the budget while the process
   * boots
   */
  constructor(private readonly limitOf: () => number) {}

  /** Bytes in use. */
  get used(): number {
    return this.usedBytes;
  }

  /** Bytes that may be used. */
  get limit(): number {
    return this.limitOf();
  }

  /** Bytes in use over the limit; 0 within the limit. */
  get excess(): number {
    return Math.max(0, this.usedBytes - this.limit);
  }

  /** Adds bytes to the use, even over the limit; then the registered functions release some. */
  take(bytes: number): void {
    this.usedBytes += bytes;
    for (const reclaim of this.reclaimers) {
      if (this.excess === 0) return;
      reclaim();
    }
  }

  /** Registers a function that releases bytes when the limit is exceeded. */
  onExcess(reclaim: () => void): void {
    this.reclaimers.add(reclaim);
  }

  /** Subtracts bytes from the use. */
  give(bytes: number): void {
    this.usedBytes -= bytes;
  }
}

/** Accounts for the memory that all endpoints of the process keep for their callers. */
@Injectable()
export class MemoryBudget {
  private bytes = Math.floor(getHeapStatistics().heap_size_limit * DEFAULT_SHARE_OF_HEAP);
  readonly bodies = this.share('bodies');
  readonly answers = this.share('answers');
  readonly sessions = this.share('sessions');
  readonly events = this.share('events');
  readonly pages = this.share('pages');
  private isGiven = false;

  /** Limit of all shares together, in bytes. */
  get limit(): number {
    return this.bytes;
  }

  /** Sets the budget; of several values the smallest applies. */
  limitTo(bytes: number | undefined): void {
    if (bytes === undefined) return;
    this.bytes = this.isGiven ? Math.min(this.bytes, bytes) : bytes;
    this.isGiven = true;
  }

  private share(name: keyof typeof MEMORY_SHARES): MemoryShare {
    return new MemoryShare(() => this.bytes * MEMORY_SHARES[name]);
  }
}

/** Provides one budget for all endpoints of the application. */
@Module({ providers: [MemoryBudget], exports: [MemoryBudget] })
export class MemoryModule {}

const DEFAULT_SHARE_OF_HEAP = 0.4;
