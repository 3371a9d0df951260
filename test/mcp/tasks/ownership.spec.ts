import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { attachPrincipal } from '../../../src/extend.js';
import { mcpApp, principal, type McpAppOptions } from '../fixtures.js';
import { TaskClient, accept } from './task-client.js';
import { AliceOnly, Jobs, TaskTools } from './task-tools.js';

async function start(options: McpAppOptions = {}) {
  const { app, url } = await mcpApp([Jobs, AliceOnly, TaskTools], options);
  return { jobs: app.get(Jobs), url, alice: new TaskClient(url), bob: new TaskClient(url, 'bob') };
}

const anonymous = (url: string) => new TaskClient(url, null);

/** What a caller is told of a task, without the number of the request. */
async function told(client: TaskClient, taskId: string) {
  const answers = await Promise.all(
    ['tasks/get', 'tasks/update', 'tasks/cancel'].map((method) =>
      client.send(method, { taskId, inputResponses: {} }),
    ),
  );
  return answers.map(({ status, error, result }) => ({ status, error, result }));
}

describe('a task of somebody else', () => {
  it('is as unknown as one that never was', async () => {
    const { alice, bob, url, jobs } = await start();
    const id = await alice.start('wait', { name: 'a' });
    const nowhere = await told(alice, '00000000-0000-4000-8000-000000000000');
    expect(nowhere.map(({ error }) => error?.code)).toEqual([-32602, -32602, -32602]);
    expect(await told(bob, id)).toEqual(nowhere);
    expect(await told(anonymous(url), id)).toEqual(nowhere);
    expect(await told(bob, '__proto__')).toEqual(nowhere);
    jobs.open('a');
    expect(await alice.ended(id)).toMatchObject({ status: 'completed' });
    expect(await told(bob, id)).toEqual(nowhere);
  });

  it('takes no answers from others', async () => {
    const { alice, bob } = await start();
    const id = await alice.start('sure');
    const keys = await alice.asked(id);
    await bob.update(id, { [keys[0] ?? '']: accept({ sure: true }) });
    expect(await alice.asked(id)).toEqual(keys);
  });

  it('is somebody else, too, who comes through another client', async () => {
    const { url } = await start({
      guards: [ClientGuard],
      metadata: { providers: [ClientGuard] },
    });
    const id = await new TaskClient(url, 'one').start('wait', { name: 'a' });
    expect((await new TaskClient(url, 'one').get(id)).result).toBeDefined();
    expect((await new TaskClient(url, 'other').get(id)).error?.code).toBe(-32602);
  });

  it('is somebody else, too, who acts in another organization', async () => {
    const { url } = await start({
      guards: [ClientGuard],
      metadata: { providers: [ClientGuard] },
    });
    const id = await new TaskClient(url, 'one@org_1').start('wait', { name: 'a' });
    expect((await new TaskClient(url, 'one@org_1').get(id)).result).toBeDefined();
    for (const other of ['one@org_2', 'one']) {
      expect((await new TaskClient(url, other).get(id)).error?.code).toBe(-32602);
    }
  });

  it('is everybody else for a principal past its expiry', async () => {
    const { url } = await start({
      guards: [ClientGuard],
      metadata: { providers: [ClientGuard] },
    });
    const id = await new TaskClient(url, 'one').start('wait', { name: 'a' });
    expect((await new TaskClient(url, 'one-expired').get(id)).error?.code).toBe(-32602);
  });

  it('needs the scopes of its tool to be read, as to be called', async () => {
    const { url } = await start();
    const id = await new TaskClient(url, 'alice:jobs').start('scoped', { name: 'a' });
    expect((await new TaskClient(url, 'alice:jobs').get(id)).result.status).toBe('working');
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      const params = { taskId: id, inputResponses: {} };
      const refused = await new TaskClient(url, 'alice').open(method, params);
      expect(refused.status, method).toBe(403);
      expect(refused.headers.get('www-authenticate')).toContain('scope="jobs"');
      await refused.body?.cancel();
    }
    expect((await new TaskClient(url, 'alice:jobs').get(id)).result.status).toBe('working');
  });
});

describe('a caller without a principal', () => {
  it('gets results instead of tasks, where there are guards', async () => {
    const { url } = await start();
    expect((await anonymous(url).call('open')).result).toMatchObject({
      resultType: 'complete',
      content: [{ text: 'open' }],
    });
  });

  it('gets tasks where the options say so, also where the others are asked to sign in', async () => {
    const { url, alice } = await start({ tasks: { anonymous: true }, signIn: 'connect' });
    const id = await anonymous(url).start('open');
    expect(await anonymous(url).ended(id)).toMatchObject({ status: 'completed' });
    expect((await alice.get(id)).error?.code).toBe(-32602);
  });
});

describe('a task id', () => {
  it.each([undefined, null, 7, {}, 'x'.repeat(201)])('cannot be %j', async (taskId) => {
    const { alice } = await start();
    const { error } = await alice.send('tasks/get', { taskId });
    expect(error?.code).toBe(-32602);
  });

  it('must be the one in the Mcp-Name header', async () => {
    const { alice } = await start();
    const id = await alice.start('wait', { name: 'a' });
    const headers = { 'mcp-name': 'x' };
    const { status, error } = await alice.send('tasks/get', { taskId: id }, { headers });
    expect({ status, code: error?.code }).toEqual({ status: 400, code: -32020 });
  });
});

/** Alice, through the client and in the organization that the token names. */
@Injectable()
class ClientGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const [name, expired] = request.headers.authorization.slice('Bearer '.length).split('-');
    const [clientId, organizationId] = name.split('@');
    const organization = organizationId && { organization: { id: organizationId } };
    const expiresAt = expired ? 0 : Infinity;
    attachPrincipal(request, { ...principal('alice'), clientId, ...organization, expiresAt });
    return true;
  }
}
