import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Authenticated, Public, RequireScopes } from '../../../src/access/access.decorators.js';
import { attachPrincipal } from '../../../src/request/request-record.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { isInAudience } from '../../../src/mcp/server/addressed-event.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { answerOf, ask, messagesIn } from '../answer.js';
import { mcpApp, principal, rpc, startMcpApp, within, type McpApp } from '../fixtures.js';
import { openSession } from '../server/session-client.js';

@Injectable()
@Public()
class Watched {
  @McpTool({ description: 'Open' })
  tool() {
    return '';
  }

  @McpResource({ uri: 'notes://open' })
  open() {
    return '';
  }

  @McpResource({ uri: 'notes://other' })
  other() {
    return '';
  }

  @Authenticated()
  @McpResourceTemplate({ uriTemplate: 'notes://of/{name}' })
  ofSomebody() {
    return '';
  }

  @RequireScopes('notes:read')
  @McpResource({ uri: 'notes://scoped' })
  scoped() {
    return '';
  }
}

let mcp: McpApp;
let notifier: McpNotifier;
beforeAll(async () => {
  mcp = await startMcpApp([Watched]);
  notifier = mcp.app.get(McpNotifier);
});
afterAll(() => mcp.app.close());

/** The messages of a stream, read until one fits. It ends with the test. */
function follow(response: Response) {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  onTestFinished(async () => reader?.cancel().catch(() => undefined));
  return {
    seen: () => messagesIn(text),
    async until(fits: (message: any) => boolean): Promise<any[]> {
      while (!messagesIn(text).some(fits)) {
        const { value, done } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) throw new Error(`The stream ended after ${text}`);
        text += decoder.decode(value, { stream: true });
      }
      return messagesIn(text);
    },
  };
}

const listen = async (notifications: object, as = 'alice', url = mcp.url) =>
  follow(await rpc(url, 'subscriptions/listen', { notifications }, { as }));

const methodsOf = (messages: any[]) => messages.map(({ method }) => method);
const isAbout = (uri: string) => (message: any) => message.params?.uri === uri;

/** Says everything once, and something that everybody hears at the end. */
function sayEverything(uri: string) {
  notifier.resourceUpdated('notes://other');
  notifier.resourceUpdated(uri);
  notifier.toolsChanged();
  notifier.promptsChanged();
  notifier.resourcesChanged();
}

describe('a listener of 2026-07-28', () => {
  it('hears of what it asked for, and of nothing else', async () => {
    const stream = await listen({
      resourcesListChanged: true,
      resourceSubscriptions: ['notes://of/alice'],
    });
    await within(
      stream.until(({ method }) => method?.includes('acknowledged')),
      'the answer',
    );
    sayEverything('notes://of/alice');
    const last = ({ method }: any) => method === 'notifications/resources/list_changed';
    expect(methodsOf(await within(stream.until(last), 'the changes'))).toEqual([
      'notifications/subscriptions/acknowledged',
      'notifications/resources/updated',
      'notifications/resources/list_changed',
    ]);
    expect(stream.seen()[1].params.uri).toBe('notes://of/alice');
  });

  it('is told what this server does not announce', async () => {
    const stream = await listen({ promptsListChanged: true, toolsListChanged: true });
    const [{ params }] = await stream.until(() => true);
    expect(params.notifications).toEqual({ toolsListChanged: true });
  });

  it('is challenged for one resource that it may not read, among others', async () => {
    for (const [uri, as, status] of [
      ['notes://of/alice', undefined, 401],
      ['notes://scoped', 'alice', 403],
    ] as const) {
      const notifications = { resourceSubscriptions: ['notes://open', uri] };
      const caller = as === undefined ? {} : { as };
      const response = await rpc(mcp.url, 'subscriptions/listen', { notifications }, caller);
      expect(response.status).toBe(status);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
    }
  });

  it('is refused where no other scope would help it', async () => {
    @Injectable()
    class KeyGuard implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        const { scopes: _scopes, ...key } = principal('key');
        attachPrincipal(context.switchToHttp().getRequest(), { ...key, tokenType: 'api_key' });
        return true;
      }
    }
    const { url } = await mcpApp([Watched, KeyGuard], { guards: [KeyGuard] });
    const notifications = { resourceSubscriptions: ['notes://scoped'] };
    const response = await rpc(url, 'subscriptions/listen', { notifications });
    expect(response.status).toBe(403);
    await response.body?.cancel();
    const read = await ask(url, 'resources/read', { uri: 'notes://scoped' });
    expect(read.error).toBeDefined();
    const subscribed = await ask(
      url,
      'resources/subscribe',
      { uri: 'notes://scoped' },
      { era: 'legacy' },
    );
    expect(subscribed.error).toBeDefined();
  });
});

describe('a session', () => {
  const subscribe = async (session: any, uri: string, method = 'subscribe') =>
    answerOf(await session.send(`resources/${method}`, { uri }, 'alice'));

  it('announces what it has, and hears of those lists only', async () => {
    const session = await openSession(mcp.url, 'alice');
    const { result } = JSON.parse(session.greeting);
    expect(result.capabilities).toMatchObject({
      tools: { listChanged: true },
      resources: { listChanged: true, subscribe: true },
    });
    expect(result.capabilities.prompts).toBeUndefined();
    const stream = follow(await session.listen('alice'));
    sayEverything('notes://open');
    const last = ({ method }: any) => method === 'notifications/resources/list_changed';
    expect(methodsOf(await within(stream.until(last), 'the changes'))).toEqual([
      'notifications/tools/list_changed',
      'notifications/resources/list_changed',
    ]);
  });

  it('hears of a resource from subscribe to unsubscribe', async () => {
    const session = await openSession(mcp.url, 'alice');
    const stream = follow(await session.listen('alice'));
    await subscribe(session, 'notes://of/alice');
    await subscribe(session, 'notes://open');
    notifier.resourceUpdated('notes://of/alice');
    await within(stream.until(isAbout('notes://of/alice')), 'the update');
    await subscribe(session, 'notes://of/alice', 'unsubscribe');
    notifier.resourceUpdated('notes://of/alice');
    notifier.resourceUpdated('notes://other');
    notifier.resourceUpdated('notes://open');
    const seen = await within(stream.until(isAbout('notes://open')), 'the other update');
    expect(seen.map(({ params }) => params.uri)).toEqual(['notes://of/alice', 'notes://open']);
  });

  it('does not hear of what it was not let subscribe to', async () => {
    const session = await openSession(mcp.url, 'alice');
    const refused = await session.send('resources/subscribe', { uri: 'notes://scoped' }, 'alice');
    expect(refused.status).toBe(403);
    await subscribe(session, 'notes://open');
    const stream = follow(await session.listen('alice'));
    notifier.resourceUpdated('notes://scoped');
    notifier.resourceUpdated('notes://open');
    const seen = await within(stream.until(isAbout('notes://open')), 'the update');
    expect(seen.filter(isAbout('notes://scoped'))).toEqual([]);
  });

  it('hears no more of what its caller may not read any more', async () => {
    const session = await openSession(mcp.url, 'alice:notes:read');
    const granted = await session.send(
      'resources/subscribe',
      { uri: 'notes://scoped' },
      'alice:notes:read',
    );
    expect(granted.status).toBe(200);
    await granted.text();
    const stream = follow(await session.listen('alice:notes:read'));
    notifier.resourceUpdated('notes://scoped');
    await within(stream.until(isAbout('notes://scoped')), 'the update');
    await subscribe(session, 'notes://open');
    notifier.resourceUpdated('notes://scoped');
    notifier.resourceUpdated('notes://open');
    const seen = await within(stream.until(isAbout('notes://open')), 'the other update');
    expect(seen.filter(isAbout('notes://scoped'))).toHaveLength(1);
  });

  it('does not hear of the subscriptions of another', async () => {
    const [hers, his] = [await openSession(mcp.url, 'alice'), await openSession(mcp.url, 'bob')];
    await subscribe(hers, 'notes://open');
    const stream = follow(await his.listen('bob'));
    notifier.resourceUpdated('notes://open');
    notifier.toolsChanged();
    const last = ({ method }: any) => method === 'notifications/tools/list_changed';
    expect((await within(stream.until(last), 'the change')).some(isAbout('notes://open'))).toBe(
      false,
    );
  });
});

describe('an audience', () => {
  /** Tells alice alone, then everybody: who has heard the second, has heard all there was. */
  const tellAlice = () => {
    const audience = { subject: 'user_alice' };
    notifier.resourceUpdated('notes://open', audience);
    notifier.promptsChanged(audience);
    notifier.toolsChanged(audience);
    notifier.resourcesChanged(audience);
    notifier.resourceUpdated('notes://other');
  };
  const ALL = [
    'notifications/resources/updated',
    'notifications/tools/list_changed',
    'notifications/resources/list_changed',
    'notifications/resources/updated',
  ];
  const heardBy = async (stream: ReturnType<typeof follow>) =>
    methodsOf(await within(stream.until(isAbout('notes://other')), 'the changes')).filter(
      (method) => !method.includes('acknowledged'),
    );

  it('keeps a change from listeners of 2026-07-28 that it is not for', async () => {
    const wanted = {
      toolsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: ['notes://open', 'notes://other'],
    };
    const [alice, bob] = [await listen(wanted), await listen(wanted, 'bob')];
    for (const stream of [alice, bob]) await stream.until(() => true);
    tellAlice();
    expect(await heardBy(alice)).toEqual(ALL);
    expect(await heardBy(bob)).toEqual(['notifications/resources/updated']);
  });

  it('keeps a change from sessions that it is not for', async () => {
    const streams = [];
    for (const name of ['alice', 'bob']) {
      const session = await openSession(mcp.url, name);
      for (const uri of ['notes://open', 'notes://other']) {
        await answerOf(await session.send('resources/subscribe', { uri }, name));
      }
      streams.push(follow(await session.listen(name)));
    }
    tellAlice();
    const [alice, bob] = await Promise.all(streams.map(heardBy));
    expect(alice).toEqual(ALL);
    expect(bob).toEqual(['notifications/resources/updated']);
  });

  it('is an organization, a subject, or both', () => {
    const ada = {
      ...principal('ada'),
      organization: { id: 'org_1' },
    };
    const meant = (audience: object, who: typeof ada | undefined) =>
      isInAudience({ kind: 'tools_list_changed', audience }, who);
    expect(meant({ organizationId: 'org_1' }, ada)).toBe(true);
    expect(meant({ organizationId: 'org_2' }, ada)).toBe(false);
    expect(meant({ organizationId: 'org_1', subject: 'user_eve' }, ada)).toBe(false);
    expect(meant({ organizationId: 'org_1' }, undefined)).toBe(false);
    expect(meant({}, undefined)).toBe(true);
  });
});
