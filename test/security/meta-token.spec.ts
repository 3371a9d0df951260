import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callTool, ERAS, openSession, send, sendBody } from '../support/mcp-request.js';
import { accessToken, ADA, GRACE, opaqueToken, userIdOf } from '../support/people.js';
import { expectEcho, expectInvalidToken, expectUnauthorized } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
let withoutMeta: TestService;
let ada: string;
let grace: string;
beforeAll(async () => {
  // Sessions without a token are opened here.
  const env = { MCP_SIGN_IN: 'call' };
  service = await startService({ env });
  withoutMeta = await startService({ env: { ...env, MCP_META_AUTHORIZATION: 'off' } });
  ada = await accessToken(service);
  grace = await accessToken(service, { user: GRACE });
});
afterAll(() => Promise.all([service.stop(), withoutMeta.stop()]));

const HELLO = { message: 'hi' };
const bearer = (token: unknown) => ({ authorization: { type: 'bearer', token } });

describe.each(ERAS)('A token in params._meta.authorization, %s era', (era) => {
  const echo = (meta: Record<string, unknown>, token?: string, args: object = {}) =>
    callTool(service.url, 'echo', { ...HELLO, ...args }, { era, meta, token });

  it('passes without a header', async () => {
    expectEcho(await echo(bearer(ada)), userIdOf(service, ADA));
  });

  it('passes as an opaque one, and without a type', async () => {
    const token = await opaqueToken(service, { user: GRACE });
    expectEcho(await echo({ authorization: { token } }), userIdOf(service, GRACE));
  });

  it('passes when the header says the same', async () => {
    expectEcho(await echo(bearer(ada), ada), userIdOf(service, ADA));
  });

  it('is refused when the header says something else, whichever is good', async () => {
    expectInvalidToken(await echo(bearer(grace), ada), service);
    expectInvalidToken(await echo(bearer('x'), ada), service);
    expectInvalidToken(await echo(bearer(ada), 'x'), service);
  });

  it('is judged like that of the header', async () => {
    const expired = await accessToken(service, { expiresInSeconds: -60 });
    expectInvalidToken(await echo(bearer(expired)), service, 'token_expired');
    const forged = await accessToken(service, { signedBy: 'foreign' });
    expectInvalidToken(await echo(bearer(forged)), service);
  });

  it.each([
    { name: 'a string', authorization: 'Bearer x' },
    { name: 'a list', authorization: [{ type: 'bearer', token: 'x' }] },
    { name: 'true', authorization: true },
    { name: 'empty', authorization: {} },
    { name: 'without a token', authorization: { type: 'bearer' } },
    { name: 'of another type', authorization: { type: 'basic', token: 'x' } },
    { name: 'with a number for a token', authorization: { token: 1 } },
    { name: 'with an empty token', authorization: { token: '' } },
    { name: 'with a blank token', authorization: { token: ' ' } },
    { name: 'with a token of two lines', authorization: { token: 'a\r\nb' } },
    { name: 'with a token over 8 KB', authorization: { token: 'a'.repeat(8_193) } },
    { name: 'with a list of tokens', authorization: { token: ['x'] } },
  ])('is refused when it is $name', async ({ authorization }) => {
    expectInvalidToken(await echo({ authorization }), service);
  });

  it.each([
    { name: 'in the arguments', args: { _meta: bearer('TOKEN'), ...bearer('TOKEN') } },
    { name: 'deeper in _meta', meta: { deeper: bearer('TOKEN') } },
    { name: 'under another name', meta: { Authorization: { token: 'TOKEN' }, token: 'TOKEN' } },
  ])('is no credential when it stands $name', async ({ args, meta }) => {
    const fill = (value: object | undefined) =>
      JSON.parse(JSON.stringify(value ?? {}).replaceAll('TOKEN', ada));
    const session = era === 'legacy' ? await openSession(service.url) : undefined;
    const answer = await callTool(
      service.url,
      'echo',
      { ...HELLO, ...fill(args) },
      { era, session, meta: fill(meta) },
    );
    expectUnauthorized(answer, service);
  });

  it('is no credential where it is switched off', async () => {
    const token = await accessToken(withoutMeta);
    const session = era === 'legacy' ? await openSession(withoutMeta.url) : undefined;
    const options = { era, session, meta: bearer(token) };
    expectUnauthorized(await callTool(withoutMeta.url, 'echo', HELLO, options), withoutMeta);
  });

  it('takes nothing from the header where it is switched off', async () => {
    const token = await accessToken(withoutMeta);
    const answer = await callTool(withoutMeta.url, 'echo', HELLO, {
      era,
      token,
      meta: bearer('x'),
    });
    expectEcho(answer, userIdOf(withoutMeta, ADA));
  });
});

describe('Beside the parameters', () => {
  it('a token is no credential', async () => {
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', _meta: bearer(ada) };
    const params = { name: 'echo', arguments: HELLO, ...bearer(ada) };
    const answer = await sendBody(service.url, JSON.stringify({ ...body, params }));
    expectUnauthorized(answer, service);
  });

  it('a polluted prototype is no credential', async () => {
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"message":"hi"},"_meta":{"__proto__":{"authorization":{"type":"bearer","token":"${ada}"}}}}}`;
    const answer = await sendBody(service.url, body);
    expect([400, 401]).toContain(answer.status);
    expect(answer.body.result).toBeUndefined();
  });
});

describe('In a batch', () => {
  const message = (id: number, token?: string) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name: 'echo', arguments: HELLO, ...(token && { _meta: bearer(token) }) },
  });
  const batch = (tokens: readonly (string | undefined)[], header?: string) => {
    const body = JSON.stringify(tokens.map((token, at) => message(at + 1, token)));
    return sendBody(service.url, body, { token: header });
  };

  it('one token in all messages speaks for all', async () => {
    const answer = await batch([ada, ada]);
    expect(answer.status).toBe(200);
    expect(answer.text.split(userIdOf(service, ADA)).length - 1).toBeGreaterThanOrEqual(2);
  });

  it('tokens of two users are refused', async () => {
    expectInvalidToken(await batch([ada, grace]), service);
  });

  it('a token in one message and another in the header are refused', async () => {
    expectInvalidToken(await batch([undefined, grace], ada), service);
  });

  it('no token at all reaches nothing protected', async () => {
    const body = JSON.stringify([message(1), message(2)]);
    expectUnauthorized(await sendBody(service.url, body), service);
  });

  it('a bad token in the last message refuses all of them', async () => {
    expectInvalidToken(await batch([undefined, 'x']), service);
  });
});

describe('Other messages', () => {
  it('are judged alike: a list with the token of a signed-in user shows all tools', async () => {
    const answer = await send(service.url, 'tools/list', {}, { meta: bearer(ada) });
    expect(answer.body.result?.tools?.map(({ name }) => name)).toContain('echo');
  });

  it('are judged alike: a list with a bad token is refused', async () => {
    expectInvalidToken(await send(service.url, 'tools/list', {}, { meta: bearer('x') }), service);
  });
});
