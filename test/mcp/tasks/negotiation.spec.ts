import { describe, expect, it } from 'vitest';
import { McpTasks } from '../../../src/mcp/tasks/mcp-tasks.js';
import { InvalidHandlerError } from '../../../src/extend.js';
import { McpTool, Public } from '../../../src/index.js';
import { boot, call, mcpApp, rpc, type McpAppOptions } from '../fixtures.js';
import { EXTENSION, TaskClient } from './task-client.js';
import { AliceOnly, Jobs, TaskTools } from './task-tools.js';
import { Injectable } from '@nestjs/common';

async function start(options: McpAppOptions = {}) {
  const { app, url } = await mcpApp([Jobs, AliceOnly, TaskTools], options);
  const plain = new TaskClient(url, 'alice', {});
  return { jobs: app.get(Jobs), tasks: app.get(McpTasks), alice: new TaskClient(url), plain, url };
}

const REQUIRED = { requiredCapabilities: { extensions: { [EXTENSION]: {} } } };

describe('the tasks extension', () => {
  it('is announced in 2026-07-28, where a tool uses it', async () => {
    const { alice } = await start();
    const { result } = await alice.send('server/discover', {});
    expect(result.capabilities.extensions).toEqual({ [EXTENSION]: {} });
    expect(result.capabilities).not.toHaveProperty('tasks');
  });

  it('is not announced where no tool uses it', async () => {
    const { url } = await mcpApp([Plain]);
    const { result } = await new TaskClient(url).send('server/discover', {});
    expect(result.capabilities).not.toHaveProperty('extensions');
    expect((await new TaskClient(url).get('x')).error?.code).toBe(-32601);
  });

  it('is not announced to clients of 2025', async () => {
    const { url } = await start();
    const clientInfo = { name: 'test', version: '1' };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    const answer = await rpc(url, 'initialize', params, { era: 'legacy', as: 'alice' });
    expect(await answer.text()).not.toContain(EXTENSION);
  });

  it.each(['tasks/get', 'tasks/update', 'tasks/cancel'])(
    'must be named with each %s',
    async (method) => {
      const { alice, plain } = await start();
      const taskId = await alice.start('wait', { name: 'a' });
      const { status, error } = await plain.send(method, { taskId, inputResponses: {} });
      expect({ status, code: error?.code, data: error?.data }).toEqual({
        status: 400,
        code: -32021,
        data: REQUIRED,
      });
    },
  );

  it.each(['tasks/list', 'tasks/result'])('has no %s', async (method) => {
    const { alice } = await start();
    const { status, error } = await alice.send(method, { taskId: 'x' });
    expect({ status, code: error?.code }).toEqual({ status: 404, code: -32601 });
  });

  it('is counted as missing where its settings are no object', async () => {
    const { url, jobs } = await start();
    jobs.open('a');
    const odd = new TaskClient(url, 'alice', { extensions: { [EXTENSION]: null } });
    expect((await odd.call('must', { name: 'a' })).status).toBe(400);
  });
});

describe('a tool whose task is optional', () => {
  it('answers a client without tasks as any tool does', async () => {
    const { plain, jobs } = await start();
    jobs.open('a');
    expect((await plain.call('wait', { name: 'a' })).result).toMatchObject({
      resultType: 'complete',
      structuredContent: { name: 'a' },
    });
    expect(jobs.log).toEqual(['a called']);
  });

  it('answers a client of 2025 as any tool does, whatever it declares', async () => {
    const { url, jobs } = await start();
    jobs.open('a');
    const { result } = await call(url, 'wait', { name: 'a' }, { era: 'legacy' });
    expect(result?.structuredContent).toEqual({ name: 'a' });
  });
});

describe('a tool that needs a task', () => {
  it('answers a client without tasks with what is missing, and does not run', async () => {
    const { plain, tasks } = await start();
    const { status, error } = await plain.call('must', { name: 'a' });
    expect({ status, code: error?.code, data: error?.data }).toEqual({
      status: 400,
      code: -32021,
      data: REQUIRED,
    });
    expect(tasks.running).toBe(0);
  });

  it('runs to its end for a client of 2025, which has no tasks', async () => {
    const { url, jobs } = await start();
    jobs.open('a');
    expect(await call(url, 'must', { name: 'a' }, { era: 'legacy' })).toMatchObject({ text: 'a' });
  });

  it('cannot be public on an endpoint with guards', async () => {
    await expect(boot([PublicTask])).rejects.toThrow(InvalidHandlerError);
    await boot([PublicTask], { guards: [] });
    await boot([PublicTask], { tasks: { anonymous: true } });
  });

  it.each([0, -1, 1.5, NaN, Infinity])('cannot be kept for %s milliseconds', async (ttlMs) => {
    @Injectable()
    class Odd {
      @McpTool({ description: 'Odd', task: { support: 'optional', ttlMs } })
      odd(): void {}
    }
    await expect(boot([Odd])).rejects.toThrow('task.ttlMs');
  });
});

@Injectable()
class Plain {
  @McpTool({ description: 'Plain' })
  plain(): void {}
}

@Public()
@Injectable()
class PublicTask {
  @McpTool({ description: 'Public', task: 'required' })
  run(): void {}
}
