import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { within } from '../support/within.js';

/** How a process ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A server on the pipes of a child process, without any client's doing. */
export class StdioProcess {
  /** Every line that it has written to stdout. */
  readonly lines: string[] = [];
  stderr = '';
  readonly exit: Promise<Exit>;
  private readonly child;

  constructor(args: readonly string[], options: { cwd: string; env: Record<string, string> }) {
    this.child = spawn(process.execPath, args, { ...options, stdio: 'pipe' });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(line));
    this.child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.child.stdin.on('error', () => undefined);
    this.exit = once(this.child, 'close').then(([code, signal]) => ({ code, signal }));
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  send(message: object): void {
    this.write(JSON.stringify({ jsonrpc: '2.0', ...message }));
  }

  /** Sends a line. */
  write(line: string): void {
    this.child.stdin.write(`${line}\n`);
  }

  /** Sends a request and gives the answer to it. */
  async request(id: number, method: string, params: object): Promise<Record<string, unknown>> {
    this.send({ id, method, params });
    return within(this.answer(id), `the answer to ${method}; it said: ${this.stderr}`);
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  endStdin(): void {
    this.child.stdin.end();
  }

  /** Stops to read, as a client does that has died. */
  breakPipes(): void {
    this.child.stdout.destroy();
    this.child.stderr.destroy();
  }

  private async answer(id: number): Promise<Record<string, unknown>> {
    for (;;) {
      for (const line of this.lines) {
        const message: Record<string, unknown> = JSON.parse(line);
        if (message['id'] === id) return message;
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
