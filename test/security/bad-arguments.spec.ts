import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectNoInternals } from '../support/internals.js';
import { LogRecorder } from '../support/log-recorder.js';
import {
  callTool,
  ENVELOPE,
  ERAS,
  modernHeaders,
  openSession,
  sendBody,
  type Answer,
  type Era,
} from '../support/mcp-request.js';
import { accessToken, ADA, userIdOf } from '../support/people.js';
import { expectEcho } from '../support/refusals.js';
import { startService, type TestService } from '../support/service.js';

let service: TestService;
let token: string;
let session: string;
let log: LogRecorder;
beforeAll(async () => {
  service = await startService();
  token = await accessToken(service);
  session = await openSession(service.url, { token });
  log = LogRecorder.install();
});
afterAll(async () => {
  LogRecorder.remove();
  await service.stop();
});

const call = (era: Era, name: string, args: Record<string, unknown>) =>
  callTool(service.url, name, args, {
    era,
    token,
    session: era === 'legacy' ? session : undefined,
  });

function expectNamed(answer: Answer, field: string): void {
  expect(answer.status, answer.text).toBe(200);
  expect(answer.body.result?.isError).toBe(true);
  expect(answer.body.result?.content?.[0]?.text).toContain(field);
  expectNoInternals(answer.text);
  expectNoInternals(log.text);
}

describe.each(ERAS)('Arguments that do not fit, %s era', (era) => {
  it.each([
    { tool: 'echo', field: 'message', args: {} },
    { tool: 'echo', field: 'message', args: { message: '' } },
    { tool: 'echo', field: 'message', args: { message: 1 } },
    { tool: 'echo', field: 'message', args: { message: null } },
    { tool: 'echo', field: 'message', args: { message: ['hi'] } },
    { tool: 'echo', field: 'message', args: { message: { text: 'hi' } } },
    { tool: 'echo', field: 'message', args: { Message: 'hi' } },
    { tool: 'refreshToken', field: 'refreshToken', args: {} },
    { tool: 'refreshToken', field: 'refreshToken', args: { refreshToken: '' } },
    { tool: 'refreshToken', field: 'refreshToken', args: { refreshToken: 1 } },
    { tool: 'refreshToken', field: 'refreshToken', args: { refresh_token: 'x' } },
    { tool: 'refreshToken', field: 'clientId', args: { refreshToken: 'x', clientId: 1 } },
    { tool: 'refreshToken', field: 'clientId', args: { refreshToken: 'x', clientId: '' } },
  ])('$tool with $args names $field', async ({ tool, field, args }) => {
    expectNamed(await call(era, tool, args), field);
    expect(service.clerk.counters.ofGroup('token')).toBe(0);
  });

  it.each(['getAuthInfo', 'getUserProfile'])(
    '%s does without any, and minds none',
    async (tool) => {
      for (const args of [{}, { message: 'hi' }, { userId: 'user_other', sub: 'user_other' }]) {
        const answer = await call(era, tool, args);
        expect(answer.status).toBe(200);
        expect(answer.body.result?.isError ?? false).toBe(false);
        expect(answer.text).not.toContain('user_other');
      }
    },
  );

  it('an unknown tool is invalid parameters, whatever its name', async () => {
    for (const name of [
      'nope',
      'Echo',
      'ECHO',
      '__proto__',
      'constructor',
      'toString',
      '../echo',
    ]) {
      const answer = await call(era, name, {});
      expect(answer.body.error).toMatchObject({ code: -32602 });
      expectNoInternals(answer.text);
    }
  });

  it('what is too much is dropped', async () => {
    const answer = await call(era, 'echo', { message: 'hi', userId: 'user_other', timestamp: 'x' });
    expectEcho(answer, userIdOf(service, ADA));
    expect(answer.text).not.toContain('user_other');
  });

  it.each([
    ['of control characters', '\0\x01\x1B[31m\u2028\u2029'],
    ['of half a surrogate', '\uD800'],
    ['that looks like a template', '${7*7}{{7*7}}<script>alert(1)</script>'],
    ['of other scripts', '日本語 🙂 עברית'],
    ['of 100,000 characters', 'a'.repeat(100_000)],
  ])('a message %s comes back as it was', async (_name, message) => {
    const answer = await call(era, 'echo', { message });
    expectEcho(answer, userIdOf(service, ADA));
    expect(answer.body.result?.structuredContent?.['message'] === message).toBe(true);
  });
});

describe.each(ERAS)('JSON that means harm, %s era', (era) => {
  const raw = (args: string) =>
    sendBody(
      service.url,
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":${args}${
        era === 'modern' ? `,"_meta":${JSON.stringify(ENVELOPE)}` : ''
      }}}`,
      {
        token,
        ...(era === 'modern'
          ? { headers: modernHeaders('tools/call', { name: 'echo' }) }
          : { session }),
      },
    );

  it.each([
    '{"message":"hi","__proto__":{"polluted":true}}',
    '{"message":"hi","constructor":{"prototype":{"polluted":true}}}',
    '{"__proto__":{"message":"hi"}}',
  ])('%s pollutes no prototype', async (args) => {
    const answer = await raw(args);
    expect(answer.status).toBeLessThan(500);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(({} as Record<string, unknown>)['message']).toBeUndefined();
    expectNoInternals(answer.text);
  });

  it.each([
    [
      '100,000 levels of lists',
      `{"message":"hi","deep":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
    [
      '50,000 levels of objects',
      `{"message":"hi","deep":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`,
    ],
    ['a number of 100,000 digits', `{"message":"hi","n":${'9'.repeat(100_000)}}`],
    ['a huge exponent', '{"message":"hi","n":1e999999}'],
    [
      '100,000 members',
      `{"message":"hi",${Array.from({ length: 100_000 }, (_, at) => `"k${at}":1`).join(',')}}`,
    ],
    ['one member twice', '{"message":1,"message":"hi"}'],
  ])('%s is answered', async (_name, args) => {
    const answer = await raw(args);
    expect(answer.status).toBeLessThan(500);
    expectNoInternals(answer.text);
    expectEcho(await call(era, 'echo', { message: 'still there' }), userIdOf(service, ADA));
  });
});
