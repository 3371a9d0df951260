import { ConsoleLogger, type ConsoleLoggerOptions, type LogLevel } from '@nestjs/common';
import type { LoggedRequest } from '../clerk/http/current-request.js';

/**
 * The logger of the service. As JSON, each line says during which request it was written. No line is longer
 * than 8 KB: what is left out is replaced by an ellipsis.
 */
export class ServiceLogger extends ConsoleLogger {
  /** @param current the request of the code that logs; `undefined` outside of one */
  constructor(
    options: ConsoleLoggerOptions,
    private readonly current: () => LoggedRequest | undefined,
  ) {
    super(options);
  }

  protected override getJsonLogObject(
    message: unknown,
    options: JsonOptions,
  ): ReturnType<ConsoleLogger['getJsonLogObject']> {
    return Object.assign(super.getJsonLogObject(message, options), this.current());
  }

  protected override stringifyJsonLogObject(line: Record<string, unknown>): string {
    // Nest searches objects for circles, which a line of texts and numbers cannot have.
    const text = isFlat(line) ? JSON.stringify(line) : super.stringifyJsonLogObject(line);
    return Buffer.byteLength(text) < MAX_BYTES ? text : this.shorten(line);
  }

  private shorten(line: Record<string, unknown>): string {
    const { message, stack, error: _error, params: _params, ...rest } = line;
    // Escapes of JSON take up to six times the bytes of a text.
    for (let bytes = MAX_BYTES / 2; ; bytes /= 2) {
      const text = super.stringifyJsonLogObject({
        ...rest,
        message: cut(describe(message), bytes),
        ...(stack !== undefined && { stack: cut(describe(stack), bytes) }),
      });
      if (Buffer.byteLength(text) < MAX_BYTES || bytes < 1) return text;
    }
  }

  protected override formatMessage(...parts: Parameters<ConsoleLogger['formatMessage']>): string {
    return cut(super.formatMessage(...parts), MAX_BYTES - 1);
  }

  protected override printStackTrace(stack: string | undefined): void {
    if (stack) super.printStackTrace(cut(stack, MAX_BYTES - 1));
  }
}

interface JsonOptions {
  context: string;
  logLevel: LogLevel;
  writeStreamType?: 'stdout' | 'stderr';
  errorStack?: unknown;
  params?: Record<string, unknown>;
  error?: Error;
}

function isFlat(line: Record<string, unknown>): boolean {
  for (const name in line) {
    const value = line[name];
    if (typeof value !== 'string' && typeof value !== 'number' && value !== undefined) return false;
  }
  return true;
}

/** The beginning of a text, in bytes of UTF-8. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  const kept = Buffer.from(text).subarray(0, bytes - Buffer.byteLength(ELLIPSIS));
  // A character that is cut in two becomes U+FFFD.
  return `${kept.toString().replace(/\uFFFD$/, '')}${ELLIPSIS}`;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** With the end of the line. */
const MAX_BYTES = 8_192;
const ELLIPSIS = ' …';
