import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { serviceVariables, type SubjectSettings } from '../settings.js';
import { freePort } from '../subjects/port.js';
import type { Probe } from './service-probe.js';

/** The service as it is shipped, `node dist/main.js`, in a process with a small heap. */
export class HostileService {
  private output = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    child.stderr?.on('data', (chunk: Buffer) => {
      this.output = `${this.output}${chunk.toString()}`.slice(-OUTPUT_LENGTH);
    });
  }

  /** @param environment beside what it needs to know of the local Clerk emulator */
  static async start(
    settings: SubjectSettings,
    environment: Readonly<Record<string, string>>,
  ): Promise<HostileService> {
    const port = await freePort();
    const profile = process.env['BENCH_CPU_PROFILES'];
    const child = fork(fileURLToPath(new URL('../../../dist/main.js', import.meta.url)), [], {
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'production',
        PORT: String(port),
        ...serviceVariables(settings),
        CLERK_JWT_KEY: settings.jwtKey,
        ...environment,
      },
      execArgv: [
        `--max-old-space-size=${HEAP_MEGABYTES}`,
        '--import',
        new URL('service-probe.js', import.meta.url).href,
        ...(profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
      ],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const service = new HostileService(child, `http://127.0.0.1:${port}/mcp`);
    await service.untilReady();
    return service;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it said last, for a process that died. */
  get lastWords(): string {
    return this.output;
  }

  async probe(): Promise<Probe> {
    const answer = once(this.child, 'message', { signal: AbortSignal.timeout(PROBE_MS) });
    this.child.send('probe');
    const [probe] = (await answer) as [Probe];
    return probe;
  }

  /** How long its main thread could have run and had no core to run on until now, in milliseconds. */
  async waitedForCoreMs(): Promise<number> {
    const stat = await readFile(`/proc/${this.pid}/schedstat`, 'utf8').catch(() => '');
    return Number(stat.split(' ')[1] ?? Number.NaN) / 1e6;
  }

  async stop(): Promise<void> {
    if (!this.isAlive) return;
    const gone = once(this.child, 'exit');
    // A profile is written by a process that ends in order.
    this.child.kill(process.env['BENCH_CPU_PROFILES'] === undefined ? 'SIGKILL' : 'SIGTERM');
    await gone;
  }

  private async untilReady(): Promise<void> {
    const url = new URL('/health/live', this.url);
    for (let turn = 0; turn < START_TURNS && this.isAlive; turn += 1) {
      const isReady = await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return;
      await setTimeout(START_PAUSE_MS);
    }
    await this.stop();
    throw new Error(`The service did not start. ${this.output}`);
  }
}

export const HEAP_MEGABYTES = 256;

const OUTPUT_LENGTH = 4_000;
const PROBE_MS = 60_000;
const START_PAUSE_MS = 200;
const START_TURNS = 300;
