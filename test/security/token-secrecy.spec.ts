import {
  createParamDecorator,
  Injectable,
  Logger,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { inspect } from 'node:util';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ClerkContext } from '../../src/clerk/user/clerk-context.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import type { McpContext } from '../../src/mcp/authoring/mcp-context.js';
import { startClerkApp } from '../support/clerk-app.js';
import { LogRecorder } from '../support/log-recorder.js';
import { callTool, ERAS, sendBody } from '../support/mcp-request.js';
import { accessToken, opaqueToken } from '../support/people.js';
import type { TestService } from '../support/service.js';

/** Everything that a tool can get hold of, written out. */
const seen: string[] = [];

const TheRequest = createParamDecorator((_: unknown, context: ExecutionContext) =>
  context.switchToHttp().getRequest<FastifyRequest>(),
);

@Injectable()
class Curious implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const [request, reply, ...rest] = context.getArgs<[FastifyRequest, FastifyReply]>();
    seen.push(writeOut(request), writeOut(reply.request), writeOut(rest));
    return next.handle();
  }
}

@Injectable()
class CuriousTools {
  constructor(private readonly clerk: ClerkContext) {}

  @UseInterceptors(Curious)
  @McpTool({ description: 'Looks at everything', input: z.looseObject({}) })
  look(input: object, context: McpContext, @TheRequest() request: FastifyRequest): string {
    Logger.log(request.headers, 'CuriousTools');
    Logger.log(inspect(context, { depth: DEPTH }), 'CuriousTools');
    const { headers, body, raw, query } = request;
    const { principal, session } = this.clerk;
    seen.push(writeOut(request));
    return writeOut({
      input,
      headers,
      body,
      query,
      rawHeaders: raw.rawHeaders,
      principal,
      session,
    });
  }

  @McpTool({ description: 'Fails with everything in its message' })
  fail(_input: unknown, context: McpContext, @TheRequest() request: FastifyRequest): never {
    throw new Error(`failed: ${writeOut(request)} ${inspect(context, { depth: DEPTH })}`);
  }
}

function writeOut(value: unknown): string {
  return inspect(value, { depth: DEPTH, maxArrayLength: null, maxStringLength: null });
}

/** Deep enough for the headers of the request of Node inside that of Fastify. */
const DEPTH = 6;

let service: TestService;
let log: LogRecorder;
beforeAll(async () => {
  service = await startClerkApp([CuriousTools, Curious]);
  log = LogRecorder.install();
});
beforeEach(() => {
  seen.length = 0;
  log.lines.length = 0;
});
afterAll(async () => {
  LogRecorder.remove();
  await service.stop();
});

/** The credential and each part of it that would help somebody. */
function secretsOf(token: string): readonly string[] {
  return [token, token.split('.').at(-1) ?? token, service.clerk.secretKey];
}

function expectSecret(token: string, ...places: readonly string[]): void {
  expect(places.join('').length).toBeGreaterThan(0);
  for (const secret of secretsOf(token)) {
    for (const place of places) expect(place.includes(secret)).toBe(false);
  }
}

describe.each(ERAS)('What a tool can see, %s era', (era) => {
  const tokens = [
    { format: 'a JWT', mint: () => accessToken(service) },
    { format: 'an opaque token', mint: () => opaqueToken(service) },
  ];
  const meta = (token: string) => ({ authorization: { type: 'bearer', token }, other: 'kept' });

  it.each(tokens)('holds not $format of the header', async ({ mint }) => {
    const token = await mint();
    const headers = { 'x-marker': 'seen' };
    const { text, status } = await callTool(service.url, 'look', { a: 1 }, { era, token, headers });
    expect(status).toBe(200);
    expect(text).toContain('user_');
    expect(seen).toHaveLength(4);
    expect(seen.filter((place) => place.includes('x-marker')).length).toBeGreaterThanOrEqual(3);
    expectSecret(token, text, ...seen);
    expectSecret(token, log.text);
  });

  it.each(tokens)('holds not $format of _meta, and what is beside it', async ({ mint }) => {
    const token = await mint();
    const { text } = await callTool(service.url, 'look', {}, { era, token, meta: meta(token) });
    expect(text).toContain('kept');
    expectSecret(token, text, ...seen, log.text);
  });

  it('holds nothing that _meta says to an anonymous session', async () => {
    const token = await accessToken(service, { signedBy: 'foreign' });
    const { text, status } = await callTool(service.url, 'look', {}, { era, meta: meta(token) });
    expect(status).toBe(401);
    expect(seen).toEqual([]);
    expectSecret(token, text);
  });

  it('stays secret when the tool throws all of it', async () => {
    const token = await opaqueToken(service);
    const { text } = await callTool(service.url, 'fail', {}, { era, token, meta: meta(token) });
    expect(text).toContain('Internal error');
    expect(log.text).toContain('failed: ');
    expectSecret(token, text);
    expectSecret(token, log.text);
  });
});

describe('A batch', () => {
  it('loses the tokens of all its messages', async () => {
    const token = await accessToken(service);
    const message = (id: number) => ({
      jsonrpc: '2.0',
      id,
      method: 'tools/call',
      params: { name: 'look', arguments: {}, _meta: { authorization: { token } } },
    });
    const { text } = await sendBody(service.url, JSON.stringify([message(1), message(2)]));
    expect(seen.length).toBeGreaterThanOrEqual(8);
    expectSecret(token, text, ...seen, log.text);
  });
});

describe('The log', () => {
  it('holds no token that was refused, however it came', async () => {
    const bad = await accessToken(service, { signedBy: 'foreign' });
    for (const options of [
      { token: bad },
      { meta: { authorization: { token: bad } } },
      { headers: { authorization: `Basic ${bad}` } },
      { headers: { authorization: `Bearer ${bad} ${bad}` } },
      { token: 'oat_thisOneIsUnknownToClerk' },
    ]) {
      const { status, text } = await callTool(service.url, 'look', {}, options);
      expect(status).toBe(401);
      expect(text).not.toContain(bad.slice(-40));
    }
    expect(log.text).not.toContain(bad.slice(-40));
    expect(log.text).not.toContain('thisOneIsUnknown');
  });

  it('holds no token while Clerk fails', async () => {
    const token = await opaqueToken(service);
    for (const kind of ['wrong_secret', 'reset', 'charset', 'empty_body'] as const) {
      service.clerk.faults.set('verify', { kind });
      const { text } = await callTool(service.url, 'look', {}, { token });
      expectSecret(token, text, log.text || '-');
    }
    service.clerk.faults.clear();
    expect(log.text).toContain('CLERK_SECRET_KEY');
  });
});
