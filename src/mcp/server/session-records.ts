import type { Backplane } from '../../backplane/backplane.js';
import { readSession, writeSession, type SessionRecord } from './session-record.js';

/** The records of the sessions of one endpoint, and the sets in which those of a person count. */
export class SessionRecords {
  /**
   * @param path of the endpoint: a session is of one endpoint
   * @param ttlMs idle time after which a session ends, in milliseconds
   */
  constructor(
    private readonly backplane: Pick<Backplane, 'records' | 'counters'>,
    private readonly path: string,
    private readonly limits: { readonly ttlMs: number; readonly maxPerPrincipal: number },
  ) {}

  /** Time after which a copy asks whether its session still exists, in milliseconds. */
  get renewMs(): number {
    return this.limits.ttlMs / 20;
  }

  async create(id: string, record: SessionRecord): Promise<void> {
    const { ttlMs } = this.limits;
    await this.backplane.records.put(this.keyOf(id), writeSession(record), { ttlMs });
  }

  /** @returns `undefined` also for a record of an unknown version */
  async find(id: string): Promise<SessionRecord | undefined> {
    const found = await this.backplane.records.get(this.keyOf(id));
    return found && readSession(found.value);
  }

  /** Renews the lifetime. @returns whether the session exists */
  touch(id: string): Promise<boolean> {
    return this.backplane.records.touch(this.keyOf(id), this.limits.ttlMs);
  }

  async delete(id: string): Promise<void> {
    await this.backplane.records.delete(this.keyOf(id));
  }

  /**
   * Compares and sets.
   *
   * @param change `undefined` to leave it as it is
   * @returns whether it was changed
   */
  async change(
    id: string,
    change: (record: SessionRecord) => SessionRecord | undefined,
  ): Promise<boolean> {
    const { records } = this.backplane;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const found = await records.get(this.keyOf(id));
      const record = found && readSession(found.value);
      const changed = record && change(record);
      if (!found || !changed) return false;
      const write = { ttlMs: this.limits.ttlMs, revision: found.revision };
      const value = writeSession(changed, found.value);
      if ((await records.put(this.keyOf(id), value, write)) !== undefined) return true;
    }
    throw new Error('The record of a session was changed by others all the time.');
  }

  /** Enters a session in those of its owner. @returns those that were used longest ago, over the limit */
  async count(id: string, subject: string): Promise<readonly string[]> {
    const { ttlMs, maxPerPrincipal: max } = this.limits;
    const entry = { max, ttlMs: ttlMs + this.renewMs, evicts: true };
    return (await this.backplane.counters.enter(this.setOf(subject), id, entry)).evicted;
  }

  async discount(id: string, subject: string): Promise<void> {
    await this.backplane.counters.leave(this.setOf(subject), id);
  }

  private keyOf(id: string): string {
    return `session ${this.path} ${id}`;
  }

  private setOf(subject: string): string {
    return `sessions ${this.path} ${subject}`;
  }
}

/** Of a change that others overtake. */
const ATTEMPTS = 10;
