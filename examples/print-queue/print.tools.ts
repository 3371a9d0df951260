import { InjectQueue } from '@nestjs/bullmq';
import { BadRequestException, Injectable } from '@nestjs/common';
import type { Queue } from 'bullmq';
import { McpTool, type McpContext } from 'nestjs-clerk-mcp';
import { z } from 'zod';

export const PRINT_QUEUE = 'print';

const Paper = z.object({ title: z.string().min(1).max(200), pages: z.int().min(1).max(1_000) });
type Paper = z.infer<typeof Paper>;
const Printed = z.object({ title: z.string(), sheets: z.int() });

/** A job of the queue: no credential and nothing of the caller, only the work and the id of its task. */
export interface PrintJob extends Paper {
  readonly taskId: string;
}

@Injectable()
export class PrintTools {
  constructor(@InjectQueue(PRINT_QUEUE) private readonly queue: Queue<PrintJob>) {}

  @McpTool({
    description: 'Prints a document. It takes minutes.',
    input: Paper,
    output: Printed,
    task: { support: 'required', detached: true, ttlMs: 60 * 60_000 },
  })
  async print(paper: Paper, { taskId }: McpContext): Promise<void> {
    // Clients before 2026-07-28 have no tasks, and would wait.
    if (taskId === undefined) throw new BadRequestException('Printing needs a client with tasks.');
    await this.queue.add('print', { ...paper, taskId }, { attempts: 3, removeOnComplete: true });
  }
}
