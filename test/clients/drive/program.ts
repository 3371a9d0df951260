import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Log } from './log.js';

export interface ProgramSettings {
  /** Text for its input, which then ends. Default: an input that is at its end. */
  readonly input?: string;
  /** `true` leaves the input open: `write()` goes to it. Default `false`. */
  readonly keepInput?: boolean;
  /** Variables in addition to those that the harness gives. */
  readonly env?: Readonly<Record<string, string>>;
  /** The working directory. Default: the home of the client. */
  readonly cwd?: string;
  /** Milliseconds after which it is ended. Default {@link PROGRAM_PATIENCE}; none for `start()`. */
  readonly patience?: number;
  /** Ends the program when its output matches, for programs that do not end by themselves. */
  readonly until?: RegExp;
}

export interface ProgramResult {
  /** `null` if a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether the harness ended it, because it took too long. */
  readonly late: boolean;
}

/** How long a program may take that should end by itself: it tells late from never, also on a slow machine. */
export const PROGRAM_PATIENCE = 120_000;

/** What has been started and has not ended: it ends with the harness, however that ends. */
const running = new Set<RunningProgram>();
process.on('exit', () => {
  for (const program of running) program.kill();
});

/** A program in a process group of its own, without a terminal. */
export class RunningProgram {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #waiters: (() => void)[] = [];
  #read = 0;
  stdout = '';
  stderr = '';
  exited = false;

  constructor(
    command: string,
    args: readonly string[],
    options: ProgramSettings & {
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
    },
    private readonly log: Log,
  ) {
    log(`$ ${[command, ...args].join(' ')}`);
    const { cwd, env, input, keepInput = false } = options;
    this.#child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    running.add(this);
    this.#ended = this.#watch();
    // A program that ends first closes its input.
    this.#child.stdin?.on('error', () => undefined);
    if (input !== undefined) this.#child.stdin?.write(input);
    if (!keepInput) this.#child.stdin?.end();
  }

  get code(): number | null {
    return this.#child.exitCode;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Waits until what it has written matches. Throws if it ends first, or after `patience` milliseconds. */
  printed(pattern: RegExp, patience = PROGRAM_PATIENCE): Promise<RegExpExecArray> {
    return this.#found(
      () => pattern.exec(this.stdout) ?? pattern.exec(this.stderr),
      pattern,
      patience,
    );
  }

  /** As {@link printed}, in what `stdout` has after the previous match of `next()`. */
  async next(pattern: RegExp, patience = PROGRAM_PATIENCE): Promise<RegExpExecArray> {
    const find = () => pattern.exec(this.stdout.slice(this.#read));
    const match = await this.#found(find, pattern, patience);
    this.#read += match.index + match[0].length;
    return match;
  }

  async #found(
    find: () => RegExpExecArray | null,
    pattern: RegExp,
    patience: number,
  ): Promise<RegExpExecArray> {
    const deadline = Date.now() + patience;
    for (;;) {
      const match = find();
      if (match !== null) return match;
      if (this.exited) throw new Error(`ended with ${this.code}: ${lastLineOf(this.stderr)}`);
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`did not write ${pattern} within ${patience} ms`);
      await this.#change(left);
    }
  }

  /** Waits for its end. Returns `false` after `patience` milliseconds. */
  async end(patience = PROGRAM_PATIENCE): Promise<boolean> {
    const deadline = Date.now() + patience;
    while (!this.exited && Date.now() < deadline) await this.#change(deadline - Date.now());
    return this.exited;
  }

  /** Ends it and what it has started: SIGTERM, and SIGKILL if that does not help. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    if (!(await this.end(STOP_PATIENCE))) this.#signal('SIGKILL');
    await this.#ended;
    // What it has started may have outlived it.
    this.#signal('SIGKILL');
    running.delete(this);
  }

  async #watch(): Promise<void> {
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name]?.setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        const lines = text.split('\n').filter((line) => line.trim() !== '');
        for (const line of lines) this.log(`${name}: ${line}`);
        this.#changed();
      });
    }
    try {
      await once(this.#child, 'exit');
    } catch (error) {
      this.stderr += String(error);
    }
    this.exited = true;
    this.log(`ended: ${this.#child.exitCode ?? this.#child.signalCode}`);
    this.#changed();
  }

  #changed(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  async #change(patience: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#waiters.push(resolve);
      timer = setTimeout(resolve, patience);
    });
    clearTimeout(timer);
  }

  /** Ends it and what it has started, at once. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone.
    }
  }
}

/** Runs a program to its end, to the output that `until` names, or for `patience` milliseconds. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramSettings & {
    readonly env: Readonly<Record<string, string>>;
    readonly cwd: string;
  },
  log: Log,
): Promise<ProgramResult> {
  const { patience = PROGRAM_PATIENCE, until } = options;
  const program = new RunningProgram(command, args, options, log);
  let late: boolean;
  if (until === undefined) late = !(await program.end(patience));
  else
    late = await program.printed(until, patience).then(
      () => false,
      () => !program.exited,
    );
  await program.stop();
  const { code, stdout, stderr } = program;
  return { code, stdout, stderr, late };
}

const STOP_PATIENCE = 5_000;

function lastLineOf(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
