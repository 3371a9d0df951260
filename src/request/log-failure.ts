import type { Logger } from '@nestjs/common';

/**
 * Logs what failed, and the stack of the error. What was thrown instead of an error is part of the message:
 * some loggers drop a second text that is no stack. No text takes more than 4 KB as JSON.
 */
export function logFailure(logger: Logger, what: string, error: unknown): void {
  if (error instanceof Error) logger.error(what, cutForLog(error.stack ?? String(error)));
  else logger.error(cutForLog(`${what}: ${textOf(error)}`));
}

/** The beginning of a text, so long that it takes at most 4 KB as JSON. */
function cutForLog(text: string): string {
  if (text.length <= SAFE_LENGTH) return text;
  let cut = text.slice(0, MAX_BYTES);
  while (Buffer.byteLength(JSON.stringify(cut)) > MAX_BYTES) {
    cut = cut.slice(0, Math.floor(cut.length * 0.8));
  }
  return cut.length === text.length ? text : `${cut} …`;
}

/** A value may refuse to become text. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

const MAX_BYTES = 4_096;
/** Characters. JSON takes six bytes at most for each. */
const SAFE_LENGTH = Math.floor((MAX_BYTES - 2) / 6);
