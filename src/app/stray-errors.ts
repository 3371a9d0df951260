import { Logger } from '@nestjs/common';
import { describeFailure } from '../backplane/contained-seam.js';

/** The member of `process` that is used. */
interface GuardedProcess {
  on(
    event: 'uncaughtException',
    listener: (error: unknown, origin: NodeJS.UncaughtExceptionOrigin) => void,
  ): unknown;
}

/**
 * Keeps the process alive after an error that no code catches: in a callback of a timer, in a promise that is
 * not awaited, as an `error` event without a listener. The same error is logged at most once a minute, without
 * its message, which may contain arguments.
 *
 * Call it once the service has started, so that an error of the start still ends the process.
 */
export function containStrayErrors(guarded: GuardedProcess = process): void {
  const logger = new Logger('Process');
  const loggedAt = new Map<string, number>();
  // Node reports rejections here as well, while nobody listens to `unhandledRejection`.
  guarded.on('uncaughtException', (error, origin) => {
    const [what, cure] = ORIGINS[origin];
    const frames = framesOf(error);
    const line = `${what} ${describeFailure(error)}. The service goes on. ${cure}`;
    const key = `${line}\n${frames}`;
    const now = performance.now();
    if (now - (loggedAt.get(key) ?? -Infinity) < REPEAT_MS) return;
    if (loggedAt.size >= MAX_KEYS) loggedAt.clear();
    loggedAt.set(key, now);
    logger.error(line, frames === '' ? undefined : frames);
  });
}

const ORIGINS: Readonly<
  Record<NodeJS.UncaughtExceptionOrigin, readonly [what: string, cure: string]>
> = {
  uncaughtException: [
    'A callback',
    "Catch errors in callbacks of timers and events, and listen to 'error' of every emitter.",
  ],
  unhandledRejection: ['A promise that nobody awaited', 'Await it, or give it a catch().'],
};

/** Where the error was thrown, without its message. */
function framesOf(error: unknown): string {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return '';
  const { stack, message } = error;
  const at = stack.indexOf(message);
  const rest = at === -1 ? stack : stack.slice(at + message.length);
  return rest
    .split('\n')
    .filter((line) => FRAME.test(line))
    .slice(0, MAX_FRAMES)
    .join('\n');
}

/** A frame of V8 with a place in a file. */
const FRAME = /^ {4}at [^\n]{0,300}:\d+:\d+\)?$/;
const MAX_FRAMES = 10;
const REPEAT_MS = 60_000;
const MAX_KEYS = 100;
