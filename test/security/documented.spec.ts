import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public, RequireRole, RequireScopes } from '../../src/access/access.decorators.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { startClerkApp } from '../support/clerk-app.js';
import { callTool, ERAS, send } from '../support/mcp-request.js';
import { accessToken } from '../support/people.js';
import type { TestService } from '../support/service.js';

@Injectable()
class Tools {
  @Public()
  @McpTool({ description: 'Open to all' })
  open() {
    return 'open';
  }

  @RequireScopes('notes:write')
  @McpTool({ description: 'Needs a scope' })
  scoped() {
    return 'scoped';
  }

  @RequireRole('org:owner')
  @McpTool({ description: 'Needs a role' })
  owned() {
    return 'owned';
  }
}

let service: TestService;
beforeAll(async () => {
  service = await startClerkApp([Tools]);
});
afterAll(() => service.stop());

describe.each(ERAS)('What docs/security.md says of names, %s era', (era) => {
  it('a list hides what may not be called', async () => {
    const token = await accessToken(service);
    const { body } = await send(service.url, 'tools/list', {}, { era, token });
    expect(body.result?.tools?.map(({ name }) => name)).toEqual(['open']);
  });

  it('a hidden entry asks its caller to sign in, or for scopes', async () => {
    expect((await callTool(service.url, 'scoped', {}, { era })).status).toBe(401);
    const token = await accessToken(service);
    expect((await callTool(service.url, 'scoped', {}, { era, token })).status).toBe(403);
  });

  it('a hidden entry that no challenge opens says so in its result', async () => {
    const token = await accessToken(service, { scopes: ['profile', 'user:org:read'] });
    const { status, body } = await callTool(service.url, 'owned', {}, { era, token });
    expect({ status, isError: body.result?.isError }).toEqual({ status: 200, isError: true });
  });

  it('an entry that does not exist is -32602', async () => {
    const token = await accessToken(service);
    const { body } = await callTool(service.url, 'nothing', {}, { era, token });
    expect(body.error).toMatchObject({ code: -32602 });
  });
});

describe('What docs/security.md says of headers', () => {
  const lie = { 'mcp-method': 'tools/call', 'mcp-name': 'open' };

  it('a 2025-era request may lie in them, and the body decides', async () => {
    const params = { name: 'scoped', arguments: {} };
    const { status } = await send(service.url, 'tools/call', params, {
      era: 'legacy',
      headers: lie,
    });
    expect(status).toBe(401);
    const open = { name: 'open', arguments: {} };
    const headers = { 'mcp-method': 'tools/list', 'mcp-name': 'scoped' };
    expect((await send(service.url, 'tools/call', open, { era: 'legacy', headers })).status).toBe(
      200,
    );
  });

  it('a 2026-07-28 request that lies in them is refused', async () => {
    const open = { name: 'open', arguments: {} };
    const headers = { 'mcp-name': 'scoped' };
    expect((await send(service.url, 'tools/call', open, { headers })).status).toBe(400);
    const method = { 'mcp-method': 'tools/list' };
    expect((await send(service.url, 'tools/call', open, { headers: method })).status).toBe(400);
  });
});
