import { Injectable, Module } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { McpCatalog, McpNotifier, McpTool, Public } from '../../../src/index.js';
import { protectedBy } from '../../../src/access/index.js';
import { AccessFacts } from '../../../src/extend.js';
import { CredentialFacts } from '../../../src/access/access-facts.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { ask, ERAS } from '../answer.js';
import { CLIENT_MODES, connect } from '../clients.js';
import { boot, mcpApp, NameGuard, rpc, toolNames, within } from '../fixtures.js';
import { openSession } from '../server/session-client.js';
import { ClosedEntries, OpenEntries } from './mixed-entries.js';

@Injectable()
class Closed {
  @McpTool({ description: 'Closed' })
  closed() {
    return 'closed';
  }
}

const OPEN = { kind: 'public' } as const;
const statusOf = async (url: string) => (await rpc(url, 'tools/list')).status;

describe.each([true, false])('The mode, found from the catalog (fast path: %s)', (fastPath) => {
  it('changes with the catalog, and lists with the mode', async () => {
    const { app, url } = await mcpApp([Closed], { dynamic: true, fastPath });
    const catalog = app.get(McpCatalog);
    const tools = async () => (await ask(url, 'tools/list')).result.tools;
    expect(await statusOf(url)).toBe(401);
    expect((await tools())[0].securitySchemes).toBeUndefined();
    catalog.addResource({ name: 'open', uri: 'info://open', access: OPEN }, () => '');
    // The list of tools has not changed, but what it says of them has.
    expect((await tools())[0].securitySchemes).toEqual([{ type: 'oauth2', scopes: [] }]);
    expect(await toolNames(url, '')).toEqual(['closed']);
    catalog.removeResource('info://open');
    expect(await statusOf(url)).toBe(401);
    expect((await tools())[0].securitySchemes).toBeUndefined();
    catalog.removeTool('closed');
    expect(await toolNames(url, '')).toEqual([]);
    catalog.addTool({ name: 'open', description: 'Open', access: OPEN }, () => '');
    expect(await toolNames(url, '')).toEqual(['open']);
    expect((await tools())[0].securitySchemes).toBeUndefined();
  });

  it('is asked on a session that was opened before, which is then taken over', async () => {
    const { app, url } = await mcpApp([Closed], { dynamic: true, fastPath });
    const catalog = app.get(McpCatalog);
    catalog.addTool({ name: 'open', description: 'Open', access: OPEN }, () => 'open');
    const session = await openSession(url);
    expect((await session.send('tools/list')).status).toBe(200);
    catalog.removeTool('open');
    expect((await session.send('tools/list')).status).toBe(401);
    expect((await session.send('tools/list', {}, 'alice')).status).toBe(200);
  });

  it('belongs to each endpoint of an application', async () => {
    @Injectable()
    class Mixed {
      @Public()
      @McpTool({ description: 'Open' })
      open() {
        return 'open';
      }

      @McpTool({ description: 'Mine' })
      mine() {
        return 'mine';
      }
    }
    @Module({ providers: [Mixed] })
    class MixedModule {}
    @Module({ providers: [Closed] })
    class ClosedModule {}
    const other = McpModule.forRoot({
      name: 'mixed',
      version: '1.0.0',
      path: 'mixed',
      guards: [NameGuard],
      include: [MixedModule],
      fastPath,
    });
    const { url } = await mcpApp([], {
      include: [ClosedModule],
      metadata: { imports: [MixedModule, ClosedModule, other] },
      fastPath,
    });
    expect(await statusOf(url)).toBe(401);
    expect(await toolNames(url.replace(/mcp$/, 'mixed'), '')).toEqual(['mine', 'open']);
  });
});

describe.each([true, false])('A list that is offered (fast path: %s)', (fastPath) => {
  describe.each(ERAS)('in the %s era', (era) => {
    it('has the pages of its caller, whoever asked before', async () => {
      const { app, url } = await mcpApp([], { dynamic: true, pageSize: 2, fastPath });
      const catalog = app.get(McpCatalog);
      const write = protectedBy({ kind: 'scopes', scopes: ['write'], mode: 'all' });
      const rules = { open: OPEN, closed: protectedBy(), write };
      for (const [kind, access] of Object.entries(rules)) {
        for (const at of [1, 2, 3]) {
          const name = `${at}-${kind}`;
          catalog.addTool({ name, description: name, access }, () => name);
          const listed = 'callable';
          catalog.addTool({ name: `${name}-x`, description: name, access, listed }, () => name);
        }
      }
      const all = async (as: string) => {
        const pages: string[][] = [];
        let cursor: string | undefined;
        do {
          const params = cursor === undefined ? {} : { cursor };
          const { result } = await ask(url, 'tools/list', params, { era, as });
          pages.push(result.tools.map(({ name }: { name: string }) => name));
          cursor = result.nextCursor;
        } while (cursor !== undefined);
        expect(pages.slice(0, -1).every(({ length }) => length === 2)).toBe(true);
        return pages.flat();
      };
      const named = (...kinds: string[]) =>
        [1, 2, 3].flatMap((at) => kinds.map((kind) => `${at}-${kind}`)).toSorted();
      const nobody = named('open', 'open-x', 'closed', 'write');
      const alice = named('open', 'open-x', 'closed', 'closed-x');
      const writer = [...alice, ...named('write', 'write-x')].toSorted();
      for (let round = 0; round < 2; round += 1) {
        expect(await all('')).toEqual(nobody);
        expect(await all('alice')).toEqual(alice);
        expect(await all('alice:write')).toEqual(writer);
      }
    });

    it('tells an anonymous listener of a change of what it is offered', async () => {
      const { app, url } = await mcpApp([Closed], { dynamic: true, fastPath });
      const catalog = app.get(McpCatalog);
      catalog.addResource({ name: 'marker', uri: 'info://marker', access: OPEN }, () => '');
      const heard = await listen(url, era, app.get(McpNotifier));
      const add = (name: string, listed?: 'callable') =>
        catalog.addPrompt({ name, description: name, ...(listed && { listed }) }, () => name);
      add('discreet', 'callable');
      expect(await heard()).toEqual(['resources']);
      catalog.addTool({ name: 'new', description: 'New' }, () => 'new');
      catalog.removePrompt('discreet');
      expect(await heard()).toEqual(['resources', 'tools', 'resources']);
      catalog.removeTool('closed');
      catalog.removeTool('new');
      add('offered');
      const more = (await heard()).slice(3);
      expect(new Set(more)).toEqual(new Set(['tools', 'prompts', 'resources']));
    });
  });
});

/** The lists whose changes an anonymous listener has heard of until now, each time it is asked. */
async function listen(url: string, era: 'modern' | 'legacy', notifier: McpNotifier) {
  const stream = era === 'modern' ? await subscribe(url) : await (await openSession(url)).listen();
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  onTestFinished(async () => reader?.cancel().catch(() => undefined));
  let text = '';
  let markers = 0;
  const read = async (): Promise<string[]> => {
    const heard = [...text.matchAll(/"notifications\/(\w+)\/list_changed"/g)].map(
      ([, kind = '']) => kind,
    );
    if (heard.filter((kind) => kind === 'resources').length >= markers) return heard;
    text += (await reader?.read())?.value ?? '';
    return read();
  };
  return async (): Promise<string[]> => {
    // A public resource exists: everybody hears of this change, after those before it.
    await new Promise(setImmediate);
    markers += 1;
    notifier.resourcesChanged();
    return within(read(), 'the change of the resources');
  };
}

function subscribe(url: string): Promise<Response> {
  const notifications = {
    toolsListChanged: true,
    promptsListChanged: true,
    resourcesListChanged: true,
  };
  return rpc(url, 'subscriptions/listen', { notifications });
}

describe('What tools say of the sign-in', () => {
  const start = (facts: Partial<AccessFacts>) =>
    mcpApp([
      OpenEntries,
      ClosedEntries,
      { provide: AccessFacts, useValue: Object.assign(new CredentialFacts(), facts) },
    ]);
  const schemesAt = async (url: string) => {
    const { result } = await ask(url, 'tools/list', {}, { as: '' });
    return Object.fromEntries(result.tools.map((tool: any) => [tool.name, tool.securitySchemes]));
  };

  it('names the scopes of the rule, else those that clients are told to request', async () => {
    let published = ['profile', 'email'];
    const { url } = await start({
      publishedScopes: (path) => (path === 'mcp' ? published : undefined),
      organizationScope: () => 'user:org:read',
    });
    expect(await schemesAt(url)).toEqual({
      open: [{ type: 'noauth' }],
      closed: [{ type: 'oauth2', scopes: ['profile', 'email'] }],
      ruled: [{ type: 'oauth2', scopes: ['profile', 'email', 'user:org:read'] }],
      scoped: [{ type: 'oauth2', scopes: ['notes:write'] }],
    });
    published = ['other'];
    expect((await schemesAt(url))['closed']).toEqual([{ type: 'oauth2', scopes: ['other'] }]);
  });

  it('offers nothing where no OAuth access token is accepted', async () => {
    const { url } = await start({ oauthTokenType: () => undefined });
    expect(await schemesAt(url)).toEqual({ open: [{ type: 'noauth' }] });
    const { result } = await ask(url, 'tools/list');
    const closed = result.tools.find(({ name }: { name: string }) => name === 'closed');
    expect(closed).not.toHaveProperty('securitySchemes');
  });

  it('is what the author has written, where that is', async () => {
    const { app, url } = await mcpApp([OpenEntries], { signIn: 'offer' });
    const securitySchemes = [{ type: 'noauth' }, { type: 'oauth2', scopes: ['more'] }];
    app
      .get(McpCatalog)
      .addTool({ name: 'own', description: 'Own', _meta: { securitySchemes } }, () => '');
    expect((await schemesAt(url))['own']).toEqual(securitySchemes);
  });

  it.each(CLIENT_MODES)('does not keep a client from its list: %s', async (mode) => {
    const { url } = await mcpApp([OpenEntries, ClosedEntries]);
    const { tools } = await (await connect(mode, url)).listTools();
    expect(tools.map(({ name }) => name)).toEqual(['closed', 'open', 'ruled', 'scoped']);
    expect(tools).toContainEqual(
      expect.objectContaining({
        name: 'scoped',
        _meta: { own: true, securitySchemes: [{ type: 'oauth2', scopes: ['notes:write'] }] },
      }),
    );
  });
});

it('A value of listed that does not exist stops the boot, and an addition', async () => {
  class Wrong {
    @McpTool({ description: 'Wrong', listed: 'always' as never })
    wrong() {
      return '';
    }
  }
  const problem = /listed is "always"\. Use one of 'offered', 'callable'/;
  await expect(boot([Wrong])).rejects.toThrow(problem);
  const { app } = await mcpApp([Closed]);
  const listed = 'always' as never;
  expect(() =>
    app.get(McpCatalog).addTool({ name: 'x', description: 'X', listed }, () => ''),
  ).toThrow(problem);
});
