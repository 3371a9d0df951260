import type { SessionRecord } from './session-record.js';

/** The reads of records that run: one per session, and again if it was changed meanwhile. */
export class SessionLoads {
  private readonly loading = new Map<string, Loading>();

  constructor(private readonly read: (id: string) => Promise<SessionRecord | undefined>) {}

  /** Runs a read of a session, or joins the one that runs. */
  run(id: string, load: () => Promise<void>): Promise<void> {
    const running = this.loading.get(id);
    if (running) return running.done;
    const loading: Loading = { isOutdated: false, done: Promise.resolve() };
    this.loading.set(id, loading);
    loading.done = load().finally(() => this.loading.delete(id));
    return loading.done;
  }

  /** The record as it is after the last change that this node has heard of. To be called in `run`. */
  async find(id: string): Promise<SessionRecord | undefined> {
    const loading = this.loading.get(id);
    for (;;) {
      if (loading) loading.isOutdated = false;
      const record = await this.read(id);
      if (!loading?.isOutdated) return record;
    }
  }

  /** A session was changed: a read that runs may have found it as it was before. */
  outdate(id: string): void {
    const loading = this.loading.get(id);
    if (loading) loading.isOutdated = true;
  }
}

interface Loading {
  isOutdated: boolean;
  done: Promise<void>;
}
