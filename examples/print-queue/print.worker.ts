import { OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import type { Job } from 'bullmq';
import { McpTasks } from 'nestjs-clerk-mcp';
import { Printer } from './printer.js';
import { PRINT_QUEUE, type PrintJob } from './print.tools.js';

/** Does the work, in any process of the service: also in one that serves no clients. */
@Processor(PRINT_QUEUE)
export class PrintWorker extends WorkerHost {
  constructor(
    private readonly tasks: McpTasks,
    private readonly printer: Printer,
  ) {
    super();
  }

  async process({ data }: Job<PrintJob>): Promise<void> {
    const { taskId, title, pages } = data;
    const task = this.tasks.handle(taskId);
    for (let page = 1; page <= pages; page += 1) {
      // False: its client has cancelled it, or it has expired.
      if (!(await task.progress(`Page ${page} of ${pages}`))) return;
      await this.printer.print(title, page);
    }
    await task.complete({ title, sheets: Math.ceil(pages / 2) });
  }

  /** The last attempt has failed, too: without this, the task would go on until it expires. */
  @OnWorkerEvent('failed')
  async failed(job: Job<PrintJob> | undefined, error: Error): Promise<void> {
    if (!job || job.attemptsMade < (job.opts.attempts ?? 1)) return;
    await this.tasks.handle(job.data.taskId).fail(error);
  }
}
