import { Logger, type LoggerService } from '@nestjs/common';

/** Keeps every line that Nest logs, of every level, instead of printing it. */
export class LogRecorder implements LoggerService {
  readonly lines: string[] = [];

  /** Takes the place of the logger of the process. */
  static install(): LogRecorder {
    const recorder = new LogRecorder();
    Logger.overrideLogger(recorder);
    return recorder;
  }

  /** Puts silence in its place. */
  static remove(): void {
    Logger.overrideLogger(false);
  }

  get text(): string {
    return this.lines.join('\n');
  }

  readonly log = this.keep('log');
  readonly error = this.keep('error');
  readonly warn = this.keep('warn');
  readonly debug = this.keep('debug');
  readonly verbose = this.keep('verbose');
  readonly fatal = this.keep('fatal');

  private keep(level: string): (...parts: unknown[]) => void {
    return (...parts) => {
      this.lines.push([level, ...parts.map(written)].join(' '));
    };
  }
}

function written(part: unknown): string {
  if (part instanceof Error) return `${part.stack} ${JSON.stringify(part)}`;
  return typeof part === 'string' ? part : JSON.stringify(part);
}
