import { Logger } from '@nestjs/common';

/** Logs, at most once a minute, that something in Redis did not open. It counts as absent. */
export class UnopenedLog {
  private readonly logger = new Logger('RedisModule');
  private loggedAt = Number.NEGATIVE_INFINITY;

  /** @param what such as `A record` */
  log(what: string): void {
    const now = performance.now();
    if (now - this.loggedAt < LOG_EVERY_MS) return;
    this.loggedAt = now;
    this.logger.warn(
      `${what} in Redis did not open, and counts as absent. It was written with a secret that is not in CLUSTER_SECRET, by an unknown version, or by somebody else.`,
    );
  }
}

const LOG_EVERY_MS = 60_000;
