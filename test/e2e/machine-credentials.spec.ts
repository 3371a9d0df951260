import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTool, ERAS, send } from '../support/mcp-request.js';
import { ADA, userIdOf } from '../support/people.js';
import { expectEcho, expectInvalidToken } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ env: { CLERK_ACCEPTED_TOKENS: 'api_key,m2m_token' } });
});
afterAll(() => service.stop());

const echo = (token: string, era: (typeof ERAS)[number] = 'modern') =>
  callTool(service.url, 'echo', { message: 'hi' }, { era, token });

const apiKey = (subject: string) => service.clerk.apiKeys.create({ name: 'key', subject });

const noUser = { isError: true, content: [{ text: 'This credential belongs to no user.' }] };

describe.each(ERAS)('Where they are accepted, %s era,', (era) => {
  it('an API key of a user speaks for the user', async () => {
    const { secret } = apiKey(userIdOf(service, ADA));
    expectEcho(await echo(secret, era), userIdOf(service, ADA));
  });

  it('an API key of an organization is let in, and is no user', async () => {
    const { id } = service.clerk.organizations.get('analytical-engines');
    const { body } = await echo(apiKey(id).secret, era);
    expect(body.result).toMatchObject(noUser);
  });

  it('a token of a machine is let in, and is no user', async () => {
    const machine = service.clerk.machines.create({ name: 'worker' });
    const { token } = service.clerk.machines.createToken({ machine: machine.id });
    const { body } = await echo(token, era);
    expect(body.result).toMatchObject(noUser);
  });

  it('an unknown one is refused', async () => {
    for (const token of ['ak_unknown', 'mt_unknown']) {
      expectInvalidToken(await echo(token, era), service);
    }
  });

  it('OAuth and session tokens are not, when they are not named', async () => {
    const { issue } = service.clerk;
    for (const token of [
      await issue.oauthAccessToken({ user: ADA, resource: service.url }),
      await issue.oauthAccessToken({ user: ADA, resource: service.url, format: 'opaque' }),
      await issue.sessionToken({ user: ADA }),
    ]) {
      expectInvalidToken(await echo(token, era), service);
    }
  });
});

describe('A machine', () => {
  it('sees the tools that a signed-in caller sees', async () => {
    const machine = service.clerk.machines.create({ name: 'lister' });
    const { token } = service.clerk.machines.createToken({ machine: machine.id });
    const answer = await send(service.url, 'tools/list', {}, { token });
    expect(answer.body.result?.tools?.map(({ name }) => name)).toContain('echo');
  });
});
