import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_KINDS, signedIn } from '../support/mcp-clients.js';
import { callTool, ERAS } from '../support/mcp-request.js';
import { OAuthClient } from '../support/oauth-client.js';
import { accessToken, ADA } from '../support/people.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService({ env: { CLERK_REFRESH_TOOL: 'off' } });
});
afterAll(() => service.stop());

describe('With CLERK_REFRESH_TOOL=off', () => {
  it.each(CLIENT_KINDS)('the $name finds three tools', async (kind) => {
    const provider = new OAuthClient({ account: ADA });
    const client = await signedIn(kind, service.url, provider);
    expect(await client.listTools()).toEqual(['echo', 'getAuthInfo', 'getUserProfile']);
    await expect(client.callTool('refreshToken', { refreshToken: 'x' })).rejects.toThrow(
      'Unknown tool',
    );
    await client.close();
  });

  it.each(ERAS)('a call of it is one of an unknown tool, %s era', async (era) => {
    const token = await accessToken(service);
    service.clerk.counters.reset();
    const args = { refreshToken: 'x' };
    const answer = await callTool(service.url, 'refreshToken', args, { era, token });
    expect(answer.body.error).toMatchObject({ code: -32602 });
    expect(service.clerk.counters.ofGroup('token')).toBe(0);
  });
});
