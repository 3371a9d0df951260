import { Injectable } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  RequirePolicy,
  McpCatalog,
  McpNotifier,
  McpPrompt,
  McpResource,
  McpTool,
  Public,
  RequireScopes,
  VerifyAlways,
  type Principal,
} from '../../../src/index.js';
import { AccessControl } from '../../../src/access/index.js';
import { PrincipalRenewal, principalOf } from '../../../src/extend.js';
import { messagesIn } from '../answer.js';
import { RequestAccess } from '../../../src/access/request-access.js';
import { mayReceive } from '../../../src/mcp/server/session-events.js';
import { mcpApp, principal, rpc, within } from '../fixtures.js';
import { openSession } from '../server/session-client.js';

/** What a policy and the authorization server say, as a test steers it. */
@Injectable()
class Deciders extends PrincipalRenewal {
  policy: () => boolean = () => true;
  renewals: string[] = [];
  isBanned = false;

  async renew(request: object): Promise<Principal | undefined> {
    const principal = principalOf(request);
    this.renewals.push(principal?.subject ?? 'nobody');
    return this.isBanned ? undefined : principal;
  }
}
const deciders = new Deciders();

@Injectable()
class Entries {
  @RequireScopes('tools')
  @McpTool({ description: 'Scoped' })
  tool() {
    return '';
  }

  @RequirePolicy(() => deciders.policy())
  @McpPrompt({ description: 'By policy' })
  prompt() {
    return '';
  }

  @VerifyAlways()
  @McpResource({ uri: 'notes://verified' })
  verified() {
    return '';
  }

  /** Everybody hears of it: who has heard of it has heard all there was before. */
  @Public()
  @McpResource({ uri: 'notes://marker' })
  marker() {
    return '';
  }
}

async function start() {
  deciders.policy = () => true;
  deciders.renewals = [];
  deciders.isBanned = false;
  const renewal = { provide: PrincipalRenewal, useValue: deciders };
  // What an offer lets nobody hear of is in test/mcp/sign-in.
  const { app, url } = await mcpApp([Entries, renewal], { dynamic: true, signIn: 'call' });
  return {
    url,
    notifier: app.get(McpNotifier),
    catalog: app.get(McpCatalog),
    control: app.get(AccessControl),
  };
}

const URIS = ['notes://verified', 'notes://nowhere', 'notes://marker'];

/** Listens to everything, in the way of an era. */
const WAYS = {
  modern: async (url: string, as?: string) => {
    const notifications = {
      toolsListChanged: true,
      promptsListChanged: true,
      resourcesListChanged: true,
      resourceSubscriptions: as === undefined ? URIS.slice(1) : URIS,
    };
    const stream = await rpc(url, 'subscriptions/listen', { notifications }, { as });
    expect(stream.status).toBe(200);
    return stream;
  },
  legacy: async (url: string, as?: string) => {
    const session = await openSession(url, as);
    for (const uri of URIS) await (await session.send('resources/subscribe', { uri }, as)).text();
    return session.listen(as);
  },
} as const;

/** What is heard on a stream up to the update of the marker. */
function follow(stream: Response) {
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  onTestFinished(async () => reader?.cancel().catch(() => undefined));
  let text = '';
  const read = async (): Promise<string[]> => {
    const at = text.indexOf('notes://marker"}');
    const end = at < 0 ? text.search(/notes:\/\/marker","_meta/) : at;
    const frame = end < 0 ? -1 : text.indexOf('\n\n', end);
    if (frame < 0) {
      text += (await reader?.read())?.value ?? '';
      return read();
    }
    const heard = messagesIn(text.slice(0, frame));
    text = text.slice(frame);
    return heard
      .filter(({ method }) => method && !method.includes('acknowledged'))
      .map(({ method, params }) => params?.uri ?? method.split('/')[1])
      .filter((what) => what !== 'notes://marker');
  };
  return () => within(read(), 'the marker');
}

it('Nobody is verified anew for an update that nobody asked for', async () => {
  const { url, notifier } = await start();
  const notifications = { resourceSubscriptions: ['notes://marker'] };
  const alice = follow(await rpc(url, 'subscriptions/listen', { notifications }, { as: 'alice' }));
  const session = await openSession(url, 'alice');
  await (await session.send('resources/subscribe', { uri: 'notes://marker' }, 'alice')).text();
  const onSession = follow(await session.listen('alice'));
  notifier.resourceUpdated('notes://verified');
  notifier.resourceUpdated('notes://marker');
  expect(await alice()).toEqual([]);
  expect(await onSession()).toEqual([]);
  expect(deciders.renewals).toEqual([]);
});

it('Whose token has expired belongs to no audience, like nobody', async () => {
  const { catalog, control } = await start();
  const organization = { id: 'org_1' };
  const event = { kind: 'resources_list_changed', audience: { organizationId: 'org_1' } } as const;
  const hears = (expiresAt: number) =>
    mayReceive(
      event,
      catalog,
      RequestAccess.withoutRequest(control, { ...principal('alice'), organization, expiresAt }),
    );
  expect(hears(Infinity)).toBe(true);
  expect(hears(0)).toBe(false);
  expect(hears(NaN)).toBe(false);
});

describe.each(['modern', 'legacy'] as const)('Of a change, in the %s era,', (era) => {
  const hear = async (url: string, as?: string) => follow(await WAYS[era](url, as));

  it('those hear who see an entry of the list', async () => {
    const { url, notifier } = await start();
    const [anonymous, alice, able] = [
      await hear(url),
      await hear(url, 'alice'),
      await hear(url, 'alice:tools'),
    ];
    const tell = () => {
      notifier.toolsChanged();
      notifier.promptsChanged();
      notifier.resourcesChanged();
      notifier.resourceUpdated('notes://marker');
    };
    tell();
    expect(await anonymous()).toEqual(['resources']);
    expect(await alice()).toEqual(['prompts', 'resources']);
    expect(await able()).toEqual(['tools', 'prompts', 'resources']);
  });

  it('those hear who saw an entry that was removed, and those who see one that was added', async () => {
    const { url, notifier, catalog } = await start();
    const [anonymous, able] = [await hear(url), await hear(url, 'alice:tools')];
    catalog.removeTool('tool');
    notifier.resourceUpdated('notes://marker');
    expect(await anonymous()).toEqual([]);
    expect(await able()).toEqual(['tools']);
    const access = { kind: 'public' } as const;
    catalog.addTool({ name: 'open', description: 'Open', access }, () => '');
    notifier.resourceUpdated('notes://marker');
    expect(await anonymous()).toEqual(['tools']);
  });

  it('those do not hear whom a policy refuses, or fails to decide on', async () => {
    const { url, notifier } = await start();
    const alice = await hear(url, 'alice');
    const tell = () => {
      notifier.promptsChanged();
      notifier.resourcesChanged();
      notifier.resourceUpdated('notes://marker');
    };
    deciders.policy = () => false;
    tell();
    expect(await alice()).toEqual(['resources']);
    deciders.policy = () => {
      throw new Error('a bug of the policy');
    };
    tell();
    expect(await alice()).toEqual(['resources']);
    deciders.policy = () => true;
    tell();
    expect(await alice()).toEqual(['prompts', 'resources']);
  });

  it('nobody hears where no entry has the URI', async () => {
    const { url, notifier, catalog } = await start();
    const alice = await hear(url, 'alice');
    notifier.resourceUpdated('notes://nowhere');
    notifier.resourceUpdated('notes://marker');
    expect(await alice()).toEqual([]);
    catalog.addResource({ name: 'here', uri: 'notes://nowhere' }, () => '');
    // A session subscribes to what is there, and never did.
    notifier.resourceUpdated('notes://nowhere');
    notifier.resourceUpdated('notes://marker');
    const heard = ['resources', 'notes://nowhere'];
    expect(await alice()).toEqual(era === 'modern' ? heard : heard.slice(0, 1));
  });

  it('those are verified anew who subscribed to a @VerifyAlways() resource', async () => {
    const { url, notifier } = await start();
    const [alice, bob] = [await hear(url, 'alice'), await hear(url)];
    const tell = async () => {
      notifier.resourceUpdated('notes://verified');
      // The decision takes turns of the event loop: what is told later is not told before.
      await new Promise(setImmediate);
      notifier.resourceUpdated('notes://marker');
    };
    deciders.renewals = [];
    await tell();
    expect(await alice()).toEqual(['notes://verified']);
    expect(await bob()).toEqual([]);
    expect(deciders.renewals).toEqual(['user_alice']);
    deciders.isBanned = true;
    await tell();
    expect(await alice()).toEqual([]);
    expect(deciders.renewals).toEqual(['user_alice', 'user_alice']);
  });

  it('an update that is decided on already is not decided on twice', async () => {
    const { url, notifier } = await start();
    const alice = await hear(url, 'alice');
    deciders.renewals = [];
    for (let index = 0; index < 50; index += 1) notifier.resourceUpdated('notes://verified');
    await new Promise(setImmediate);
    notifier.resourceUpdated('notes://marker');
    expect(await alice()).toEqual(['notes://verified']);
    expect(deciders.renewals).toEqual(['user_alice']);
  });
});
