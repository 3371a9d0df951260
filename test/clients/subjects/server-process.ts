import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Exchange } from './record-requests.js';
import type { Log } from '../drive/log.js';

/** A server of the measurement, in a process that reports each request that it answers. */
export class ServerProcess {
  readonly #exchanges: Exchange[] = [];
  readonly #messages: ServerMessage[] = [];
  #child: ChildProcess | undefined;
  #output = '';

  constructor(
    private readonly script: string,
    private readonly cwd: string,
    private readonly env: Readonly<Record<string, string>>,
    private readonly log: Log,
  ) {}

  /** Everything that it has answered, in the order of the answers. It outlasts a restart. */
  get exchanges(): readonly Exchange[] {
    return this.#exchanges;
  }

  /** Starts it, and waits for `ready`. Throws with its output if it ends first. */
  async start<T>(ready: () => Promise<T | undefined>): Promise<T> {
    const { PATH = '' } = process.env;
    const child = spawn(process.execPath, ['--import', RECORDER, this.script], {
      cwd: this.cwd,
      env: { PATH, ...this.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
    }
    child.on('message', (message: Exchange | ServerMessage) => {
      if (message.kind === 'exchange') this.#exchanges.push(message);
      else this.#messages.push(message);
    });
    const deadline = Date.now() + START_PATIENCE;
    while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
      const value = await ready();
      if (value !== undefined) return value;
      await wait(50);
    }
    throw new Error(`${this.script} did not start:\n${this.#output}`);
  }

  /** Asks for an address that nobody else asks for, and waits until the process has told of it. */
  async answered(url: string): Promise<void> {
    const response = await fetch(url);
    await response.text();
    const { pathname } = new URL(url);
    const told = () => this.#exchanges.some(({ path }) => path === pathname);
    const deadline = Date.now() + START_PATIENCE;
    while (!told() && Date.now() < deadline) await wait(5);
    if (!told()) throw new Error(`${this.script} tells nothing of its answers`);
  }

  /** The first message of a process other than an exchange. */
  message(): ServerMessage | undefined {
    return this.#messages[0];
  }

  /** Ends it as an orchestrator does, and waits for its end. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE);
    await exited;
    clearTimeout(timer);
    if (this.#output !== '') this.log(`server: ${this.#output.trim()}`);
  }
}

/** What the process of the emulator says when it listens. */
export interface ServerMessage {
  readonly kind: 'clerk';
  readonly url: string;
  readonly secretKey: string;
  readonly publishableKey: string;
}

const RECORDER = new URL('record-requests.js', import.meta.url).href;
const START_PATIENCE = 240_000;
const STOP_PATIENCE = 20_000;

/** The path of a compiled file beside this one. */
export function compiled(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
