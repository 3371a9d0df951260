import { Injectable } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { Public, RequireScopes } from '../../../src/access/access.decorators.js';
import { DuplicateEntryError } from '../../../src/mcp/mcp.errors.js';
import { McpCompletion } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { MemoryBudget } from '../../../src/mcp/protocol/memory-budget.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { ERAS, ask, messagesIn } from '../answer.js';
import { boot, mcpApp, rpc } from '../fixtures.js';
import { openSession } from '../server/session-client.js';

@Injectable()
class Notes {
  @RequireScopes('notes:secret')
  @McpResource({ uri: 'notes://secret' })
  secret() {
    return 'SECRET';
  }

  @RequireScopes('notes:secret')
  @McpResource({ uri: 'notes://shelf/Secret' })
  shelved() {
    return 'SECRET';
  }

  @RequireScopes('notes:secret')
  @McpResource({ uri: 'notes://café/le menu' })
  accented() {
    return 'SECRET';
  }

  @RequireScopes('notes:secret')
  @McpResource({ uri: 'Notes://Board' })
  board() {
    return 'SECRET';
  }

  @RequireScopes('notes:shelf')
  @McpResourceTemplate({ uriTemplate: 'Notes://Vault/{id}' })
  vault() {
    return 'SECRET';
  }

  @Public()
  @McpResourceTemplate({ uriTemplate: 'notes://{id}' })
  any({ id }: { id: string }, { uri }: McpContext) {
    return `${id} at ${uri}`;
  }

  @Public()
  @McpResourceTemplate({ uriTemplate: 'notes://{shelf}/{id}' })
  anyShelved({ shelf, id }: { shelf: string; id: string }) {
    return `${shelf} ${id}`;
  }
}

/** Other ways to write what is protected. */
const SPELLINGS = [
  'notes://secret',
  'notes://%73ecret',
  'notes://%53ecret',
  'notes://secre%74',
  'NOTES://secret',
  'notes://SECRET',
  'nOtEs://%53%45%43%52%45%54',
  'notes://shelf/Secret',
  'notes://shelf/%53ecret',
  'notes://SHELF/Secret',
  'notes://shelf/./Secret',
  'notes://shelf/x/../Secret',
  'notes://shelf/x/%2e%2E/%53ecret',
  'notes://café/le menu',
  'notes://caf%C3%A9/le%20menu',
  'notes://caf%c3%a9/%6ce menu',
  'notes://vault/1',
  'notes://VAULT/1',
  'notes://%56ault/1',
  'Notes://Vault/1',
  'notes://vault/./1',
];

describe.each(ERAS)('a resource under its other spellings, for the %s era', (era) => {
  it.each(SPELLINGS)('%s leads to no template around it', async (uri) => {
    const { url } = await mcpApp([Notes]);
    for (const as of ['', 'alice']) {
      const response = await rpc(url, 'resources/read', { uri }, { as, era });
      expect(response.status).toBe(as === '' ? 401 : 403);
      expect(await response.text()).not.toContain('SECRET');
    }
    const allowed = 'alice:notes:secret,notes:shelf';
    const { result } = await ask(url, 'resources/read', { uri }, { as: allowed, era });
    expect(result.contents[0].text).toBe('SECRET');
  });

  it('of a template keeps the case of what its variables stand for', async () => {
    const { url } = await mcpApp([Notes]);
    const read = async (uri: string) =>
      (await ask(url, 'resources/read', { uri }, { as: '', era })).result.contents[0].text;
    expect(await read('notes://Ab3')).toBe('Ab3 at notes://Ab3');
    expect(await read('NOTES://%41b3')).toBe('Ab3 at notes://Ab3');
    expect(await read('notes://Ab/%2fC%7e')).toBe('Ab /C~');
  });
});

@Injectable()
class Menus {
  @Public()
  @McpResourceTemplate({ uriTemplate: 'menu://café/du jour/{id}' })
  menu({ id }: { id: string }, { uri }: McpContext) {
    return `${id} at ${uri}`;
  }

  @Public()
  @McpCompletion({ uriTemplate: 'menu://café/du jour/{id}', variable: 'id' })
  ids() {
    return ['lundi'];
  }
}

const MENUS = ['menu://café/du jour/', 'menu://caf%C3%A9/du%20jour/', 'MENU://caf%c3%a9/du jour/'];

describe.each(ERAS)('a template with letters that URIs encode, for the %s era', (era) => {
  const as = '';

  it.each(MENUS)('is read as %s, and its values are decoded once', async (base) => {
    const { url } = await mcpApp([Menus]);
    const { result } = await ask(url, 'resources/read', { uri: `${base}a%2520é%2Fb` }, { as, era });
    expect(result.contents[0].text).toBe('a%20é/b at menu://caf%C3%A9/du%20jour/a%2520%C3%A9%2Fb');
    const uri = `${base}a#b`;
    const { error } = await ask(url, 'resources/read', { uri }, { as, era });
    expect(error).toMatchObject({ data: { uri } });
  });

  it.each(MENUS)('is completed as %s', async (base) => {
    const { url } = await mcpApp([Menus]);
    const ref = { type: 'ref/resource', uri: `${base}{id}` };
    const params = { ref, argument: { name: 'id', value: '' } };
    const { result } = await ask(url, 'completion/complete', params, { as, era });
    expect(result.completion.values).toEqual(['lundi']);
  });
});

describe('subscriptions', () => {
  /** The first notification of an update on a stream. */
  const firstUpdate = async (stream: Response, tell: () => void) => {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of stream.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const update = messagesIn(text).find(({ method }) => method?.endsWith('resources/updated'));
      if (update) return update.params.uri;
      tell();
    }
  };

  it('of a session hear of a resource by whatever spelling either side uses', async () => {
    const { app, url } = await mcpApp([Notes]);
    const as = 'alice:notes:secret';
    const session = await openSession(url, as);
    await session.send('resources/subscribe', { uri: 'NOTES://%73ecret' }, as);
    const tell = () => app.get(McpNotifier).resourceUpdated('notes://SECRET');
    const stream = await session.listen(as);
    tell();
    expect(await firstUpdate(stream, tell)).toBe('notes://secret');
  });

  it.each(['session', 'stream'])('of a %s hear of a resource as it is listed', async (kind) => {
    const { app, url } = await mcpApp([Notes]);
    const as = 'alice:notes:secret';
    const tell = () => app.get(McpNotifier).resourceUpdated('notes://bOARD');
    let stream: Response;
    if (kind === 'session') {
      const session = await openSession(url, as);
      await session.send('resources/subscribe', { uri: 'notes://BOARD' }, as);
      stream = await session.listen(as);
      tell();
    } else {
      const notifications = { resourceSubscriptions: ['notes://BOARD', 'NOTES://board'] };
      stream = await rpc(url, 'subscriptions/listen', { notifications }, { as });
    }
    expect(await firstUpdate(stream, tell)).toBe('Notes://Board');
  });

  it.each(MENUS)('of a stream hear of a template as %s', async (base) => {
    const { app, url } = await mcpApp([Menus]);
    const notifications = { resourceSubscriptions: [`${base}7`, `${base}8#x`] };
    const stream = await rpc(url, 'subscriptions/listen', { notifications }, { as: '' });
    const tell = () => {
      app.get(McpNotifier).resourceUpdated(`${MENUS[0]}8#x`);
      app.get(McpNotifier).resourceUpdated(`${MENUS[0]}7`);
    };
    expect(await firstUpdate(stream, tell)).toBe('menu://caf%C3%A9/du%20jour/7');
  });

  it('of a stream hear of a resource by whatever spelling either side uses', async () => {
    const { app, url } = await mcpApp([Notes]);
    const stream = await rpc(
      url,
      'subscriptions/listen',
      { notifications: { resourceSubscriptions: ['NOTES://%73ecret', 'notes://secret'] } },
      { as: 'alice:notes:secret' },
    );
    const tell = () => app.get(McpNotifier).resourceUpdated('notes://SECRET');
    expect(await firstUpdate(stream, tell)).toBe('notes://secret');
  });
});

it('a subscription ends by whatever spelling', async () => {
  const { app, url } = await mcpApp([Notes]);
  const { sessions } = app.get(MemoryBudget, { strict: false });
  const as = 'alice:notes:secret';
  const session = await openSession(url, as);
  // The session has the SDK's server from its first subscription on.
  await session.send('resources/subscribe', { uri: 'notes://secret' }, as);
  await session.send('resources/unsubscribe', { uri: 'notes://secret' }, as);
  const before = sessions.used;
  await session.send('resources/subscribe', { uri: 'NOTES://%73ecret' }, as);
  expect(sessions.used).toBeGreaterThan(before);
  await session.send('resources/unsubscribe', { uri: 'notes://SECRET' }, as);
  expect(sessions.used).toBe(before);
});

describe('two resources that are one', () => {
  class Twice {
    @McpResource({ uri: 'notes://one' })
    one() {
      return '';
    }

    @McpResource({ uri: 'NOTES://%6fne' })
    two() {
      return '';
    }
  }

  it('stop the boot', async () => {
    await expect(boot([Twice])).rejects.toThrow(DuplicateEntryError);
  });

  it('are refused while the server runs, and removed by any spelling', async () => {
    const { app } = await mcpApp([], { dynamic: true });
    const catalog = app.get(McpCatalog);
    catalog.addResource({ uri: 'notes://one', name: 'one' }, () => '');
    expect(() => catalog.addResource({ uri: 'notes://%6Fne', name: 'two' }, () => '')).toThrow(
      DuplicateEntryError,
    );
    expect(catalog.removeResource('Notes://one')).toBe(true);
  });
});
