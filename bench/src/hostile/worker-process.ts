import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A part of the load in a process of its own, so that none waits for the CPU of another. */
export class WorkerProcess<Job, Result> {
  private readonly child: ChildProcess;

  /** @param script name of a script in this folder that calls {@link serveJobs} */
  constructor(script: string) {
    this.child = fork(fileURLToPath(new URL(`${script}.js`, import.meta.url)));
  }

  async run(job: Job): Promise<Result> {
    const ended = once(this.child, 'exit').then(([code]) => {
      throw new Error(`A process of the load exited with ${String(code)}.`);
    });
    const done = once(this.child, 'message').then(([result]) => result as Result);
    this.child.send(job as object);
    ended.catch(() => undefined);
    return Promise.race([done, ended]);
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}

/** Does one job after the other for a {@link WorkerProcess}. */
export function serveJobs<Job, Result>(work: (job: Job) => Promise<Result>): void {
  process.on('message', (job) => {
    void work(job as Job).then((result) => process.send?.(result as object));
  });
  process.on('disconnect', () => process.exit(0));
}
