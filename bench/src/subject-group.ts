import type { SubjectSettings } from './settings.js';
import { SubjectProcess } from './subject-process.js';
import { sumOf, type Usage } from './subject.js';
import type { Subject } from './subjects.js';

/** The processes of a server: one, or several nodes that are counted together. */
export class SubjectGroup {
  private constructor(private readonly processes: readonly SubjectProcess[]) {}

  static async start(subject: Subject, settings: SubjectSettings): Promise<SubjectGroup> {
    const starts = await Promise.allSettled(
      Array.from({ length: subject.nodes ?? 1 }, () =>
        SubjectProcess.start(subject.script, settings, subject),
      ),
    );
    const started = starts.filter((start) => start.status === 'fulfilled');
    const group = new SubjectGroup(started.map(({ value }) => value));
    const failed = starts.find((start) => start.status === 'rejected');
    if (!failed) return group;
    await group.stop();
    throw failed.reason;
  }

  /** Of each node. */
  get urls(): readonly string[] {
    return this.processes.map(({ url }) => url);
  }

  /** Of the first node. */
  get url(): string {
    return this.urls[0] ?? '';
  }

  /** CPU time and memory of all nodes until now. */
  async usage(): Promise<Usage> {
    return sumOf(await Promise.all(this.processes.map((process) => process.usage())));
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
  }
}
