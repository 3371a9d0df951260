import { ProtocolError } from '@modelcontextprotocol/server';
import { describe, expect, it } from 'vitest';
import { AccessRefusedError, RefusedRequestException } from '../../src/access/access.errors.js';
import { McpHttpException } from '../../src/mcp/http/http-errors.js';
import { InvalidInputError } from '../../src/mcp/mcp.errors.js';
import { MessageRefusedError } from '../../src/mcp/protocol/json-rpc-error.js';
import { withoutStack } from '../../src/request/without-stack.js';

const CAUSED_BY_CALLERS: readonly (readonly [name: string, create: () => Error])[] = [
  ['a refusal', () => new AccessRefusedError({ reason: 'unauthenticated' })],
  [
    'a refused request',
    () =>
      new RefusedRequestException(
        { reason: 'unauthenticated' },
        { status: 401, headers: {}, body: { error: 'unauthorized' } },
      ),
  ],
  ['invalid input', () => new InvalidInputError('echo', [{ path: 'message', message: 'wrong' }])],
  ['a refused message', () => new MessageRefusedError(-32_602, 'too long', 1)],
  ['a refused HTTP request', () => new McpHttpException(415, -32_000, 'no JSON')],
  ['an unknown name', () => withoutStack(() => new ProtocolError(-32_602, 'Unknown tool: x'))],
];

describe('An error that callers cause', () => {
  it.each(CAUSED_BY_CALLERS)('has its message and no stack: %s', (_, create) => {
    const error = create();
    expect(error.message).not.toBe('');
    expect(error.stack).not.toMatch(/^ +at /m);
  });

  it.each(CAUSED_BY_CALLERS)('leaves the stacks of faults as they are: %s', (_, create) => {
    const { stackTraceLimit } = Error;
    create();
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
    expect(new Error('a bug').stack).toMatch(/without-stack\.spec/);
  });

  it('leaves them so if it cannot be created', () => {
    const { stackTraceLimit } = Error;
    const fail = (): Error => {
      throw new TypeError('no error');
    };
    expect(() => withoutStack(fail)).toThrow('no error');
    expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  });
});
