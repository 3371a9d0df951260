import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { McpTool, Public, type McpContext } from '../../../src/index.js';
import { Jobs } from '../tasks/task-tools.js';

const Job = z.object({ name: z.string() });
type Job = z.infer<typeof Job>;

export const TIMEOUT_MS = 500;

@Injectable()
export class LimitedTools {
  constructor(private readonly jobs: Jobs) {}

  @McpTool({ description: 'Ends with its signal', input: Job, limits: { timeoutMs: TIMEOUT_MS } })
  async polite({ name }: Job, { signal }: McpContext) {
    await this.jobs.wait(name, signal);
    return name;
  }

  @McpTool({ description: 'Has time', input: Job, limits: { timeoutMs: 60_000 } })
  patient({ name }: Job) {
    return name;
  }

  @McpTool({
    description: 'Hears nothing',
    input: Job,
    limits: { timeoutMs: TIMEOUT_MS, maxConcurrent: 1 },
    task: 'optional',
  })
  async deaf({ name }: Job, { signal }: McpContext) {
    await this.jobs.wait(name, new AbortController().signal);
    return `${name} ${signal.aborted}`;
  }

  @McpTool({
    description: 'One at a time for each caller, two for all',
    input: Job,
    limits: { maxConcurrent: 2, maxConcurrentPerPrincipal: 1 },
    task: 'optional',
  })
  async narrow({ name }: Job, { signal }: McpContext) {
    await this.jobs.wait(name, signal);
    return name;
  }

  @Public()
  @McpTool({ description: 'For everybody', input: Job, limits: { maxConcurrentPerPrincipal: 1 } })
  async open({ name }: Job, { signal }: McpContext) {
    await this.jobs.wait(name, signal);
    return name;
  }

  @McpTool({ description: 'Says nothing of limits', input: Job })
  async plain({ name }: Job, { signal }: McpContext) {
    await this.jobs.wait(name, signal);
    return name;
  }

  @McpTool({ description: 'Never ends', input: Job, limits: { timeoutMs: Infinity } })
  async endless({ name }: Job, { signal }: McpContext) {
    await this.jobs.wait(name, signal);
    return name;
  }

  @McpTool({ description: 'Fails', limits: { maxConcurrent: 1 } })
  fails(): never {
    throw new Error('a bug');
  }
}
