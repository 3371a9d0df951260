import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { within } from '../support/within.js';
import type { BuiltService } from './built-service.js';

/** The built service as a process, from its start screen to its end. */
export class HttpProcess {
  /** What it has written to both streams. */
  output = '';
  /** Code and signal with which it ended. */
  readonly exited: Promise<unknown>;
  private readonly child: ChildProcess;

  private constructor({ cwd, main }: BuiltService, variables: Variables, user: User) {
    this.child = spawn(process.execPath, [main], {
      cwd,
      ...user,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...variables },
    });
    this.exited = once(this.child, 'exit');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk) => (this.output += String(chunk)));
    }
  }

  /** Resolves when the start screen has the text `until`. */
  static async start(
    built: BuiltService,
    variables: Variables,
    { until = 'MCP server', ...user }: User & { readonly until?: string } = {},
  ): Promise<HttpProcess> {
    const service = new HttpProcess(built, variables, user);
    const screen = new Promise<void>((resolve) => {
      service.child.stdout?.on('data', () => {
        if (service.output.includes(until)) resolve();
      });
    });
    const failed = service.exited.then(() =>
      Promise.reject(new Error(`It did not start: ${service.output}`)),
    );
    failed.catch(() => undefined);
    await within(Promise.race([screen, failed]), 'the start');
    return service;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal, and waits for the end. Does nothing to a process that has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await within(this.exited, 'the end');
  }
}

/** The user of the process. Default: that of the tests. */
interface User {
  readonly uid?: number;
  readonly gid?: number;
}

type Variables = Readonly<Record<string, string>>;
