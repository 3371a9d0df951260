import { describe, expect, it } from 'vitest';
import { PUBLIC } from '../../src/access/access-rule.js';
import {
  inProcessCallOf,
  markInProcess,
  type InProcessCall,
} from '../../src/access/in-process-call.js';

const call: InProcessCall = {
  origin: {},
  access: {} as InProcessCall['access'],
  handler: { type: Object, method: 'list', rule: PUBLIC },
  route: { method: 'GET', path: '/notes' },
};

describe('inProcessCallOf', () => {
  it('has the call of a connection that was marked, whichever framework wraps the request', () => {
    const socket = {};
    markInProcess(socket, call);
    expect(inProcessCallOf({ socket })).toBe(call);
    expect(inProcessCallOf({ raw: { socket } })).toBe(call);
  });

  it('has none for a request of another connection', () => {
    markInProcess({}, call);
    expect(inProcessCallOf({ socket: {} })).toBeUndefined();
  });

  it.each([[{}], [{ socket: null }], [{ socket: 'text' }]])(
    'has none for the request %j, which has no connection',
    (request) => {
      expect(inProcessCallOf(request)).toBeUndefined();
    },
  );

  it('has a mark that no copy of the connection carries', () => {
    const socket = {};
    markInProcess(socket, call);
    expect(Reflect.ownKeys(socket)).toEqual([]);
    expect(inProcessCallOf({ socket: { ...socket } })).toBeUndefined();
    expect(inProcessCallOf({ socket: Object.create(socket) })).toBeUndefined();
  });
});
