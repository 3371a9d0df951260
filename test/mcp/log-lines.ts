import type { LoggerService } from '@nestjs/common';

/** A logger that keeps what it is told. */
export class LogLines implements LoggerService {
  readonly errors: string[] = [];
  readonly lines: string[] = [];

  log = (...parts: unknown[]): void => this.keep(parts);
  warn = (...parts: unknown[]): void => this.keep(parts);
  debug = (...parts: unknown[]): void => this.keep(parts);
  verbose = (...parts: unknown[]): void => this.keep(parts);

  error = (...parts: unknown[]): void => {
    this.errors.push(inWords(parts));
    this.keep(parts);
  };

  /** The errors that mention this. */
  errorsWith(text: string): string[] {
    return this.errors.filter((line) => line.includes(text));
  }

  private keep(parts: unknown[]): void {
    this.lines.push(inWords(parts));
  }
}

function inWords(parts: unknown[]): string {
  return parts.map((part) => (part instanceof Error ? part.stack : String(part))).join(' | ');
}
