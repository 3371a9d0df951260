import { fork, type ChildProcess } from 'node:child_process';
import type { Profiler } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import type { Lap } from './boot/stopwatch.js';
import { SETTINGS_VARIABLE, type SubjectSettings } from './settings.js';
import type { SubjectReport, Usage } from './subject.js';

export interface StartOptions {
  readonly args?: readonly string[];
  readonly execPath?: string;
  readonly execArgv?: readonly string[];
  /** A command that runs Node, such as `valgrind`, with its arguments. */
  readonly under?: readonly string[];
}

/** A server in a process of its own. */
export class SubjectProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    /** What the parts of its start have taken, where it says so. */
    readonly laps: Readonly<Record<string, Lap>>,
  ) {}

  static async start(
    script: string,
    settings: SubjectSettings,
    options: StartOptions = {},
  ): Promise<SubjectProcess> {
    const { args = [], execArgv = [], execPath = process.execPath, under = [] } = options;
    const [command = '', ...before] = [...under, execPath, '--expose-gc', ...execArgv];
    const path = fileURLToPath(new URL(`subjects/${script}.js`, import.meta.url));
    const child = fork(path, args, {
      env: {
        ...process.env,
        NODE_ENV: 'production',
        // Nest is the one of the package above, and looks for its optional parts from there.
        NODE_PATH: fileURLToPath(new URL('../node_modules', import.meta.url)),
        [SETTINGS_VARIABLE]: JSON.stringify(settings),
      },
      execPath: command,
      execArgv: before,
      // What a server prints would cost it, and is nothing to measure.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const { port, laps = {} } = await next(child, 'listening', script);
    return new SubjectProcess(child, `http://127.0.0.1:${port}/mcp`, laps);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** CPU time and memory of the process until now. */
  usage(): Promise<Usage> {
    return this.ask('usage', 'usage');
  }

  /** The same, after garbage was collected. */
  collect(): Promise<Usage> {
    return this.ask('collect', 'usage');
  }

  /** Writes a heap snapshot into the working directory, and says where. */
  async heapSnapshot(): Promise<string> {
    return (await this.ask('heap snapshot', 'snapshot')).path;
  }

  /** Tells the server something that it answers nothing to. */
  tell(message: string): void {
    this.child.send(message);
  }

  countPromises(): void {
    this.child.send('count promises');
  }

  /** Promises since they were counted. */
  async promises(): Promise<number> {
    return (await this.ask('promises', 'promises')).count;
  }

  async startProfile(): Promise<void> {
    await this.ask('start profile', 'profile');
  }

  async stopProfile(): Promise<Profiler.Profile> {
    const { profile } = await this.ask('stop profile', 'profile');
    if (!profile) throw new Error('There is no profile.');
    return profile;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await gone;
  }

  /** Lets the process end by itself. */
  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await gone;
  }

  private ask<K extends SubjectReport['kind']>(question: string, kind: K) {
    const answer = next(this.child, kind, question);
    this.child.send(question);
    return answer;
  }
}

function next<K extends SubjectReport['kind']>(
  child: ChildProcess,
  kind: K,
  what: string,
): Promise<Extract<SubjectReport, { kind: K }>> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null) => reject(new Error(`${what}: exited with ${code}`));
    child.once('exit', onExit);
    const onMessage = (message: SubjectReport) => {
      if (message.kind !== kind) return;
      child.off('exit', onExit);
      child.off('message', onMessage);
      resolve(message as Extract<SubjectReport, { kind: K }>);
    };
    child.on('message', onMessage);
  });
}
