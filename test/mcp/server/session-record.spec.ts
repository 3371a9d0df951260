import { describe, expect, it } from 'vitest';
import {
  readSession,
  writeSession,
  type SessionRecord,
} from '../../../src/mcp/server/session-record.js';

const opening: SessionRecord['opening'] = {
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: {} },
    clientInfo: { name: 'client', version: '1' },
  },
};

const session: SessionRecord = {
  owner: '["https://clerk.test","user_1",null,null]',
  opening,
  challengedAt: undefined,
  generation: 2,
  uris: new Set(['notes://1']),
  logLevel: 'warning',
};

/** As the first version that shared sessions wrote it. Later versions must read it for ever. */
const VERSION_1 = {
  v: 1,
  owner: '["https://clerk.test","user_1",null,null]',
  opening,
  challengedAt: null,
  generation: 2,
  uris: ['notes://1'],
  logLevel: 'warning',
};

describe('The record of a session', () => {
  it('is read as it was written, after JSON', () => {
    for (const one of [session, { ...session, owner: undefined, challengedAt: 5 }]) {
      expect(readSession(JSON.parse(JSON.stringify(writeSession(one))))).toMatchObject(one);
    }
  });

  it('of version 1 is read, and written', () => {
    expect(readSession(VERSION_1)).toMatchObject(session);
    expect(writeSession(session)).toEqual(VERSION_1);
  });

  it('keeps what a later version has added to it', () => {
    const later = { ...VERSION_1, device: 'phone' };

    expect(readSession(later)).toMatchObject(session);
    expect(writeSession({ ...session, generation: 3 }, later)).toEqual({
      ...later,
      generation: 3,
    });
  });

  it.each([
    ['of a later version', { ...VERSION_1, v: 2 }],
    ['without a version', { ...VERSION_1, v: undefined }],
    ['without an owner, which is not an anonymous one', { ...VERSION_1, owner: undefined }],
    ['of a malformed owner', { ...VERSION_1, owner: 5 }],
    ['without its client', { ...VERSION_1, opening: undefined }],
    ['of a malformed client', { ...VERSION_1, opening: { method: 'initialize', params: {} } }],
    ['of another request', { ...VERSION_1, opening: { method: 'ping', params: {} } }],
  ])('%s counts as absent', (_what, stored) => {
    expect(readSession(stored)).toBeUndefined();
  });
});
