import { describe, expect, it } from 'vitest';
import type { Exchange } from './exchange.js';
import { validateExchange } from './validate-exchange.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const deleted: Exchange = {
  method: 'DELETE',
  path: '/v1/users/user_1',
  route: '/v1/users/:id',
  query: new URLSearchParams(),
  requestHeaders: {},
  requestBody: undefined,
  status: 200,
  answerHeaders: JSON_TYPE,
  answerBody: JSON.stringify({ object: 'user', id: 'user_1', deleted: true }),
};

describe('validateExchange', () => {
  it('accepts what Clerk documents', () => {
    expect(validateExchange(deleted)).toEqual([]);
  });

  it.each<[string, Partial<Exchange>, string]>([
    ['an unknown path', { path: '/v1/nothing' }, 'operation'],
    ['an unknown method', { method: 'PUT', path: '/v1/users/user_1' }, 'operation'],
    ['an undocumented status', { status: 299 }, 'status'],
    ['another content type', { answerHeaders: { 'content-type': 'text/html' } }, 'answer'],
    ['an answer without JSON', { answerBody: '{' }, 'answer'],
    ['a missing member', { answerBody: '{"object":"user"}' }, 'answer'],
    ['an error of another form', { status: 404, answerBody: '{"error":"x"}' }, 'answer'],
    ['an implied status of another form', { status: 429, answerBody: '{}' }, 'answer'],
    ['an undocumented parameter', { query: new URLSearchParams('a=b') }, 'query'],
    [
      'a parameter of another type',
      { method: 'GET', path: '/v1/users/count', query: new URLSearchParams('banned=perhaps') },
      'query',
    ],
    [
      'a missing body',
      { method: 'POST', path: '/v1/users', answerBody: '{}', requestBody: undefined },
      'body',
    ],
    [
      'a body of another form',
      {
        method: 'POST',
        path: '/v1/users',
        requestHeaders: JSON_TYPE,
        requestBody: { first_name: 1 },
      },
      'body',
    ],
    [
      'a body of another content type',
      {
        method: 'POST',
        path: '/oauth/token',
        requestHeaders: JSON_TYPE,
        requestBody: { grant_type: 'refresh_token' },
      },
      'body',
    ],
    ['a 501 without the code of the emulator', { status: 501, answerBody: '{}' }, 'answer'],
  ])('finds %s', (_, change, part) => {
    const found = validateExchange({ ...deleted, ...change });
    expect(found.map((violation) => violation.part)).toContain(part);
  });

  it('validates no request that Clerk refuses', () => {
    const answerBody = JSON.stringify({
      errors: [{ code: 'form_param_unknown', message: 'a', long_message: 'a', meta: {} }],
    });
    const refused = { status: 400, answerBody, query: new URLSearchParams('a=b') };
    expect(validateExchange({ ...deleted, ...refused })).toEqual([]);
  });
});
