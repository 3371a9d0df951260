import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, NotFoundException } from '@nestjs/common';
import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { McpTool, Public, type McpContext } from '../../src/index.js';

const Seconds = z.object({ seconds: z.number().default(1), label: z.string().optional() });
const Filename = z.object({ filename: z.string() });
const Confirm = z.object({ confirm: z.boolean() });
const Name = z.object({ name: z.string() });

/** The tools that run as tasks for clients of `io.modelcontextprotocol/tasks`. */
@Public()
@Injectable()
export class EverythingTasks {
  @McpTool({
    name: 'slow_compute',
    description: 'Computes for some seconds',
    input: Seconds,
    task: 'optional',
  })
  async slowCompute({ seconds }: z.infer<typeof Seconds>, { signal }: McpContext) {
    await sleep(seconds * 1_000, undefined, { signal });
    return `computed for ${seconds} seconds`;
  }

  @McpTool({ name: 'failing_job', description: 'Fails after a while', task: 'required' })
  async failingJob(_input: object, { signal }: McpContext) {
    await sleep(1_000, undefined, { signal });
    throw new NotFoundException('The job has failed');
  }

  @McpTool({
    name: 'protocol_error_job',
    description: 'Fails with an error of the protocol',
    task: 'optional',
  })
  protocolErrorJob(): never {
    throw new ProtocolError(ProtocolErrorCode.InternalError, 'The job broke the protocol');
  }

  @McpTool({
    name: 'confirm_delete',
    description: 'Asks before it deletes',
    input: Filename,
    task: 'optional',
  })
  confirmDelete({ filename }: z.infer<typeof Filename>, context: McpContext) {
    const answer = context.accepted('confirm', Confirm);
    if (!answer) {
      return context.elicit('confirm', { message: `Delete ${filename}?`, schema: Confirm });
    }
    return answer.confirm ? `deleted ${filename}` : `kept ${filename}`;
  }

  @McpTool({ name: 'multi_input', description: 'Asks two questions at once', task: 'optional' })
  multiInput(_input: object, context: McpContext) {
    const answers = ['first', 'second'].map((key) => context.answer(key));
    if (answers.every(({ kind }) => kind !== 'missing')) return JSON.stringify(answers);
    return context.ask({
      first: { form: { message: 'First name?', schema: Name } },
      second: { form: { message: 'Second name?', schema: Name } },
    });
  }

  @McpTool({
    name: 'test_tool_with_task',
    description: 'Asks first, then goes on as a task',
    task: { support: 'required', starts: 'by-handler' },
  })
  async askThenWork(_input: object, context: McpContext) {
    const user = context.accepted('user_name', Name);
    if (!user) return context.elicit('user_name', { message: 'Your name?', schema: Name });
    await context.startTask();
    return `Done for ${user.name}`;
  }
}
