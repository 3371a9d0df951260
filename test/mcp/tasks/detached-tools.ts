import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { McpTool, type McpContext } from '../../../src/index.js';
import { Jobs } from './task-tools.js';

const Pages = z.object({ pages: z.int() });

const Length = z.object({ length: z.int() });

/** Tools whose tasks the application ends. */
@Injectable()
export class DetachedTools {
  /** The ids of the tasks that were handed over. */
  readonly queue: string[] = [];

  constructor(private readonly jobs: Jobs) {}

  @McpTool({
    description: 'Hands its work over',
    output: Pages,
    task: { support: 'optional', detached: true },
  })
  async print(_input: object, context: McpContext) {
    if (context.taskId === undefined) return { pages: 1 };
    await context.progress(0, 1, 'queued');
    this.queue.push(context.taskId);
    return undefined;
  }

  @McpTool({ description: 'Has no queue', task: { support: 'optional', detached: true } })
  noQueue(): never {
    throw new Error('redis.internal refused');
  }

  @McpTool({ description: 'Stays a while', task: { support: 'optional', detached: true } })
  async slow(_input: object, { taskId, signal }: McpContext) {
    this.queue.push(taskId ?? '');
    await this.jobs.wait('slow', signal);
  }

  @McpTool({ description: 'Is large', input: Length, task: 'optional' })
  big({ length }: z.infer<typeof Length>) {
    return 'x'.repeat(length);
  }
}
