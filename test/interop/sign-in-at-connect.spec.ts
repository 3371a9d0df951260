import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_KINDS } from '../support/mcp-clients.js';
import { OAuthClient } from '../support/oauth-client.js';
import { ADA } from '../support/people.js';
import { callTool, ERAS, initialize, send } from '../support/mcp-request.js';
import { expectUnauthorized } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

describe.each(CLIENT_KINDS)('The $name', (kind) => {
  it('signs in while it connects, and works from then on', async () => {
    const provider = new OAuthClient({ account: ADA });
    const refusal: unknown = await kind.connect(service.url, provider).catch((error) => error);
    expect(kind.asksToSignIn(refusal), String(refusal)).toBe(true);
    expect(provider.callbacks).toHaveLength(1);

    await kind.finishSignIn(service.url, provider);
    const client = await kind.connect(service.url, provider);
    expect(client.revision).toBe(kind.revision);
    expect(await client.listTools()).toContain('echo');
    const { structuredContent } = await client.callTool('echo', { message: 'hi' });
    expect(structuredContent).toMatchObject({ userEmail: ADA });
    expect(provider.callbacks).toHaveLength(1);
    await client.close();
  });
});

describe('Nobody', () => {
  it('opens no session', async () => {
    expectUnauthorized(await initialize(service.url), service);
  });

  it.each(ERAS)('lists no tools, %s era', async (era) => {
    expectUnauthorized(await send(service.url, 'tools/list', {}, { era }), service);
  });

  it.each(['GET', 'HEAD', 'DELETE'])('gets anything by %s', async (method) => {
    const { status, headers } = await fetch(service.url, {
      method,
      headers: { accept: 'text/event-stream' },
    });
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('resource_metadata=');
  });

  it('discovers nothing', async () => {
    expectUnauthorized(await send(service.url, 'server/discover'), service);
  });

  it('still calls what is open', async () => {
    const answer = await callTool(service.url, 'getAuthInfo');
    expect(answer.body.result?.structuredContent).toMatchObject({ provider: 'clerk' });
  });
});
