import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, vi, type MockInstance } from 'vitest';

/** Catches what a test makes the module log, for the length of the test. */
export function catchErrorLog(): () => readonly string[] {
  let log: MockInstance<Logger['error']>;
  beforeEach(() => {
    log = vi.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
  });
  afterEach(() => log.mockRestore());
  return () => log.mock.calls.map(([message]) => String(message));
}
