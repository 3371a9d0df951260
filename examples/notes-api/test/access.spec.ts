import { checkContract, type McpTest } from 'nestjs-clerk-mcp/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExportsTools } from '../src/exports/exports.tools.js';
import { NotesTools } from '../src/notes/notes.tools.js';
import { ALL_SCOPES, OWNER, ownerOf, READER, rest, startNotes, WRITER } from './notes-test.js';

let test: McpTest;
beforeAll(async () => {
  test = await startNotes();
});
afterAll(() => test.close());

const READS = ['getNote', 'listComments', 'searchNotes'];
const WRITES = ['addComment', 'createNote', 'updateNote'];
const SHARES = ['shareNote', 'unshareNote'];

describe.each(['oauth_token', 'session_token'] as const)('with an %s', (tokenType) => {
  const member = (permissions: readonly string[]) =>
    test.as({
      email: `${permissions.length}-${tokenType}@example.com`,
      organization: `access-${tokenType}`,
      tokenType,
      permissions,
      ...(tokenType === 'oauth_token' && { scopes: ALL_SCOPES }),
    });

  it('everybody sees just what their permissions allow', async () => {
    await expect(await member(READER)).toSeeTools(...READS);
    await expect(await member(WRITER)).toSeeTools(...READS, ...WRITES);
    await expect(await member(OWNER)).toSeeTools(
      ...READS,
      ...WRITES,
      ...SHARES,
      'deleteNote',
      'exportNotes',
      'readExport',
    );
  });
});

it('strangers see no tool, and are told how to sign in', async () => {
  await expect(test.anonymous()).toSeeTools();
  await expect(test.anonymous().callTool(NotesTools, 'searchNotes', {})).toBeUnauthenticated();
  await expect(test.anonymous().readResource('notes://recent')).toBeUnauthenticated();
  await expect(test.anonymous().getPrompt('summarize', { tag: 'x' })).toBeUnauthenticated();
});

it('an API key is no credential here', async () => {
  const key = await test.as({ tokenType: 'api_key', organization: 'keys' });
  await expect(key.callTool(NotesTools, 'searchNotes', {})).toBeUnauthenticated('invalid_token');
});

it('nobody exports in the name of somebody else', async () => {
  const person = {
    email: 'ada@example.com',
    organization: 'impersonated',
    permissions: OWNER,
    tokenType: 'session_token',
  } as const;
  const ada = await test.as(person);
  const support = await test.as({ ...person, impersonatedBy: 'grace@example.com' });
  await expect(ada.callTool(ExportsTools, 'exportNotes', {})).toHaveToolOutput(
    expect.objectContaining({ noteCount: 0 }),
  );
  await expect(support.callTool(ExportsTools, 'exportNotes', {})).toBeForbidden();
  expect((await rest(support, 'POST', '/api/v1/exports')).status).toBe(403);
  await expect(support.callTool(NotesTools, 'searchNotes', {})).toHaveToolOutput(
    expect.objectContaining({ items: [] }),
  );
});

describe('exports that the organization has switched off', () => {
  it('are off for its members, in lists, calls and REST, and for nobody else', async () => {
    const member = await ownerOf(test, 'strict', 'member@example.com');
    const other = await ownerOf(test, 'lenient', 'other@example.com');
    const admin = await test.as({
      email: 'admin@example.com',
      organization: 'strict',
      role: 'org:admin',
      tokenType: 'session_token',
    });
    await expect(member.callTool(ExportsTools, 'exportNotes', {})).toHaveToolOutput(
      expect.anything(),
    );
    const off = await rest(admin, 'PUT', '/api/v1/settings/exports', { enabled: false });
    expect(off.status).toBe(204);

    await expect(member.callTool(ExportsTools, 'exportNotes', {})).toBeForbidden(
      'Your organization has switched exports off.',
    );
    expect((await rest(member, 'POST', '/api/v1/exports')).status).toBe(403);
    await expect(other.callTool(ExportsTools, 'exportNotes', {})).toHaveToolOutput(
      expect.anything(),
    );
  });

  it('are for admins to switch, in the web application', async () => {
    const agent = await test.as({
      email: 'admin@example.com',
      organization: 'strict',
      role: 'org:admin',
      scopes: ALL_SCOPES,
    });
    const switching = await rest(agent, 'PUT', '/api/v1/settings/exports', { enabled: true });
    expect(switching.status).toBe(403);
  });
});

describe('limits', () => {
  it('are those of the throttler, per caller and tool', async () => {
    const eager = await ownerOf(test, 'eager', 'eager@example.com');
    for (let call = 0; call < 5; call += 1) await eager.callTool(ExportsTools, 'exportNotes', {});
    await expect(eager.callTool(ExportsTools, 'exportNotes', {})).toHaveToolError(/Too Many/);
    const patient = await ownerOf(test, 'patient', 'patient@example.com');
    await expect(patient.callTool(ExportsTools, 'exportNotes', {})).toHaveToolOutput(
      expect.anything(),
    );
    await expect(eager.callTool(NotesTools, 'searchNotes', {})).toHaveToolOutput(expect.anything());
  });
});

it('while Clerk is away, callers are told to come back, and none is let in', async () => {
  const stranger = await ownerOf(test, 'outage', 'outage@example.com');
  using _fault = test.fault('all', { kind: 'reset' });
  await expect(stranger.callTool(NotesTools, 'searchNotes', {})).toBeUnavailable();
});

it('is reviewed: what clients are promised is what the file says', async () => {
  const file = new URL('mcp.contract.json', import.meta.url);
  const update = process.env['UPDATE_CONTRACT'] === '1';
  await checkContract(test.contract(), file, { update });
});
