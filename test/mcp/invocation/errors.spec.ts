import {
  BadRequestException,
  ConflictException,
  HttpException,
  IntrinsicException,
  InternalServerErrorException,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { ProtocolError } from '@modelcontextprotocol/server';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { AccessRefusedError } from '../../../src/access/access.errors.js';
import type { Refusal } from '../../../src/access/refusal.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { call, startMcpApp, type McpApp } from '../fixtures.js';

const SECRET = 'postgres://user:pass@db.internal';
const INTERNAL = 'Internal error. The log of the server has the details.';

let thrown: unknown;

class Tools {
  @McpTool({ description: 'Throws' })
  throws() {
    throw thrown;
  }

  @McpTool({ description: 'Rejects' })
  async rejects() {
    throw thrown;
  }

  @McpTool({
    description: 'Takes a person',
    input: z.object({
      name: z.string().min(3),
      age: z.number().int(),
      address: z.object({ city: z.string(), lines: z.array(z.string()) }).optional(),
    }),
  })
  person(input: object) {
    return Object.keys(input).join();
  }
}

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([Tools]);
});
afterAll(() => mcp.app.close());
beforeEach(() => {
  mcp.log.errors.length = 0;
});

async function failWith(error: unknown, tool = 'throws') {
  thrown = error;
  return call(mcp.url, tool);
}

describe('an error of a handler', () => {
  it.each([
    ['its message', new NotFoundException('No such note'), 'No such note'],
    ['its default message', new ConflictException(), 'Conflict'],
    [
      'all findings of a validation pipe',
      new BadRequestException(['a is short', 'b is long']),
      'a is short; b is long',
    ],
    [
      'the message of its body',
      new HttpException({ message: 'Pay first', code: 7 }, 402),
      'Pay first',
    ],
    ['its text body', new HttpException('Too early', 425), 'Too early'],
    [
      'its own message where the body has none',
      new HttpException({ code: 7 }, 400, {}),
      'Http Exception',
    ],
    [
      'its own message where there is no body',
      new HttpException(null as never, 400),
      'Http Exception',
    ],
    [
      'its message, where it is expected',
      new IntrinsicException('The shop is closed'),
      'The shop is closed',
    ],
  ])('tells the caller %s, and is not logged', async (_, error, text) => {
    for (const tool of ['throws', 'rejects']) {
      const outcome = await failWith(error, tool);
      expect(outcome).toMatchObject({ status: 200, text, result: { isError: true } });
    }
    expect(mcp.log.errors).toEqual([]);
  });

  it.each([
    ['a plain error', new Error(SECRET)],
    ['a type error', new TypeError(SECRET)],
    ['an aggregate', new AggregateError([new Error('inner')], SECRET)],
    ['an HTTP 500', new InternalServerErrorException(SECRET)],
    ['a string', SECRET],
    ['an object', { toString: (): string => SECRET }],
  ])('is hidden, and logged once, where it is a bug: %s', async (_, error) => {
    const outcome = await failWith(error);
    expect(outcome).toMatchObject({ status: 200, text: INTERNAL, result: { isError: true } });
    expect(JSON.stringify(outcome)).not.toContain('db.internal');
    expect(mcp.log.errors).toHaveLength(1);
    expect(mcp.log.errors[0]).toContain(SECRET);
    if (error instanceof Error) expect(mcp.log.errors[0]).toContain('errors.spec');
  });

  it('is hidden and logged where a service is down, and says that a retry makes sense', async () => {
    const outcome = await failWith(new ServiceUnavailableException(SECRET));
    expect(outcome.result?.isError).toBe(true);
    expect(outcome.text).toBe('A service that this call needs is unavailable. Try again later.');
    expect(mcp.log.errorsWith(SECRET)).toHaveLength(1);
  });

  it.each([undefined, null, 0, 1n, Symbol('odd')])('may be no error at all: %s', async (value) => {
    expect(await failWith(value)).toMatchObject({ text: INTERNAL, result: { isError: true } });
    expect(mcp.log.errors).toHaveLength(1);
  });

  it('is an error of the protocol where it says so', async () => {
    const outcome = await failWith(new ProtocolError(-32602, 'Not like this'));
    expect(outcome.error).toMatchObject({ code: -32602, message: 'Not like this' });
  });

  it.each<[Refusal, string]>([
    [{ reason: 'unauthenticated' }, 'This needs a signed-in user. Sign in and try again.'],
    [{ reason: 'token_expired' }, 'The access token has expired. Refresh it and try again.'],
    [{ reason: 'invalid_token', description: 'Wrong issuer.' }, 'Wrong issuer.'],
    [{ reason: 'forbidden', description: 'Not yours.' }, 'Not yours.'],
    [
      { reason: 'insufficient_scope', scopes: ['a', 'b'] },
      'This needs the OAuth scopes a, b. Authorize again with them.',
    ],
    [
      { reason: 'unavailable', retryAfter: 9 },
      'The authorization server cannot be reached. Try again in 9 seconds.',
    ],
    [{ reason: 'misconfigured' }, INTERNAL],
  ])('explains a refusal: %o', async (refusal, text) => {
    expect(await failWith(new AccessRefusedError(refusal))).toMatchObject({
      text,
      result: { isError: true },
    });
  });
});

describe('bad arguments', () => {
  const person = (args: unknown) => call(mcp.url, 'person', args);

  it('are answered with the fields that are wrong, never with their values', async () => {
    const { text, result } = await person({
      name: 'X9',
      age: 'hunter2',
      address: { city: 5, lines: ['ok', 6] },
    });
    expect(result?.isError).toBe(true);
    expect(text).toMatch(
      /^Invalid input for person: name: .+; age: .+; address\.city: .+; address\.lines\.1: .+$/,
    );
    expect(text).not.toMatch(/X9|hunter2/);
    expect(mcp.log.errors).toEqual([]);
  });

  it.each([
    ['none', undefined],
    ['empty', {}],
  ])('are answered with the fields that are missing: %s', async (_, args) => {
    expect((await person(args)).text).toMatch(/^Invalid input for person: name: .+; age: .+$/);
  });

  it.each([[[]], ['text'], [5], [null]])('that are no object are refused: %j', async (args) => {
    const outcome = await person(args);
    expect(outcome.error?.code ?? -32602).toBe(-32602);
    expect(outcome.result?.isError ?? true).toBe(true);
  });

  it('lose what the schema does not know', async () => {
    expect((await person({ name: 'Alice', age: 5, admin: true })).text).toBe('name,age');
  });

  it.each([
    '{"__proto__":{"admin":true},"name":"Alice","age":5}',
    '{"name":"Alice","age":5,"address":{"city":"x","lines":[],"__proto__":{"admin":true}}}',
    '{"constructor":{"prototype":{"admin":true}},"name":"Alice","age":5}',
  ])('pollute no prototype: %s', async (json) => {
    const response = await fetch(mcp.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer alice' },
      body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"person","arguments":${json}}}`,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', error: { code: -32700 } });
    expect({}).not.toHaveProperty('admin');
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'find no tool named %s',
    async (name) => {
      expect((await call(mcp.url, name)).error?.code).toBe(-32602);
    },
  );
});

describe('the code of an error', () => {
  const META = 'nestjs-clerk-mcp/error';
  const coded = (error: object, code: unknown, rest: object = {}) =>
    Object.assign(error, { code, ...rest });
  const metaOf = async (error: unknown) =>
    ((await failWith(error)).result as { _meta?: Record<string, unknown> } | undefined)?._meta?.[
      META
    ];

  it.each([
    [coded(new NotFoundException(), 'NO_NOTE'), { code: 'NO_NOTE' }],
    [
      coded(new IntrinsicException('Closed'), 'CLOSED', { retryAfter: 60 }),
      { code: 'CLOSED', retryAfter: 60 },
    ],
    [coded(new ServiceUnavailableException(SECRET), 'DOWN'), { code: 'DOWN' }],
    [
      new AccessRefusedError({ reason: 'unavailable', retryAfter: 9 }),
      { code: 'unavailable', retryAfter: 9 },
    ],
    [new AccessRefusedError({ reason: 'forbidden', description: 'No.' }), { code: 'forbidden' }],
  ])('is told in _meta: %s', async (error, meta) => {
    expect(await metaOf(error)).toEqual(meta);
  });

  it.each([
    coded(new Error(SECRET), 'ECONNREFUSED'),
    coded(new InternalServerErrorException(SECRET), 'DB_DOWN'),
    coded(new NotFoundException(), 7),
    new NotFoundException(),
  ])('is not told of a bug, or where there is none: %s', async (error) => {
    expect(await metaOf(error)).toBeUndefined();
  });
});
