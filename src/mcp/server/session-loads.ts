import { SingleFlight } from '../../request/single-flight.js';
import type { SessionRecord } from './session-record.js';

/** The reads of records that run: one per session, and again if it was changed meanwhile. */
export class SessionLoads {
  private readonly flights = new SingleFlight<void>();
  /** The sessions whose records are being read; whether they were changed meanwhile. */
  private readonly reading = new Map<string, { isOutdated: boolean }>();

  constructor(private readonly read: (id: string) => Promise<SessionRecord | undefined>) {}

  /** Runs a read of a session, or joins the one that runs. */
  run(id: string, load: () => Promise<void>): Promise<void> {
    return this.flights.run(id, load);
  }

  /** The record as it is after the last change that this node has heard of. To be called in `run`. */
  async find(id: string): Promise<SessionRecord | undefined> {
    const reading = { isOutdated: false };
    this.reading.set(id, reading);
    try {
      for (;;) {
        reading.isOutdated = false;
        const record = await this.read(id);
        if (!reading.isOutdated) return record;
      }
    } finally {
      this.reading.delete(id);
    }
  }

  /** A session was changed: a read that runs may have found it as it was before. */
  outdate(id: string): void {
    const reading = this.reading.get(id);
    if (reading) reading.isOutdated = true;
  }
}
