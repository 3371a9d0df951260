import type { ExecutionContext } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { describe, expect, it } from 'vitest';
import { requestOf } from '../../../src/clerk/http/request-of.js';

const context = (type: string, ...args: unknown[]): ExecutionContext => {
  const host = new ExecutionContextHost(args);
  host.setType(type);
  return host;
};

describe('requestOf', () => {
  it('finds the request of handlers, tools and resolvers', () => {
    const request = { headers: {} };
    expect(requestOf(context('http', request, {}))).toBe(request);
    expect(requestOf(context('mcp', request, {}, { message: 'hi' }, {}))).toBe(request);
    expect(requestOf(context('graphql', {}, {}, { req: request }, {}))).toBe(request);
  });

  it('finds none elsewhere', () => {
    expect(requestOf(context('rpc', { user: 'user_alice' }))).toBeUndefined();
    expect(requestOf(context('ws', {}, {}))).toBeUndefined();
    expect(requestOf(context('graphql', {}, {}, undefined))).toBeUndefined();
    expect(requestOf(context('mcp'))).toBeUndefined();
  });
});
