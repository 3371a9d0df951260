import { describe, expect, it } from 'vitest';
import type { Backplane } from '../../../src/backplane/backplane.js';
import type { ClerkAuthOptions } from '../../../src/clerk/clerk-auth.options.js';
import type { Principal } from '../../../src/request/principal.js';
import { ServiceOfNodes } from '../../support/service-of-nodes.js';
import { eventually } from '../../support/within.js';
import { TOKEN, useRefreshGrants } from '../support/refresh-grant.js';

const alice = { userId: 'user_alice' } as Principal;
const confidential = { oauthClient: { clientId: 'our client', clientSecret: 'secret' } };
const grants = useRefreshGrants();

const granted = async (claims = {}) => ({
  access_token: await grants.clerk.oauthToken(claims),
  refresh_token: 'rt_new',
});

describe('ClerkRefreshGrant at several nodes', () => {
  const request = { refreshToken: 'rt_old', clientId: 'client_1' };
  const refresh = (node: Backplane, options?: Partial<ClerkAuthOptions>, given = request) =>
    grants.create(options, node).refresh(given);
  const exchanges = () => grants.clerk.count(TOKEN);

  it('exchanges a token once: while it runs, other nodes ask to come back', async () => {
    const engine = new ServiceOfNodes();
    let answer: () => void = () => undefined;
    const after = new Promise<void>((resolve) => {
      answer = resolve;
    });
    grants.serve({ json: await granted(), after });
    const first = refresh(engine.node());
    await eventually(() => expect(exchanges()).toBe(1));

    await expect(refresh(engine.node())).rejects.toMatchObject({
      code: 'unavailable',
      retryAfter: 1,
    });
    answer();

    expect(await first).toMatchObject({ refresh_token: 'rt_new' });
    await expect(refresh(engine.node())).rejects.toMatchObject({ code: 'invalid_grant' });
    expect(exchanges()).toBe(1);
  });

  it('exchanges other tokens, and those of other clients, meanwhile', async () => {
    const engine = new ServiceOfNodes();
    grants.serve({ json: await granted() });
    await refresh(engine.node());
    await refresh(engine.node(), {}, { ...request, refreshToken: 'rt_other' });
    await refresh(engine.node(), {}, { ...request, clientId: 'client_2' });

    expect(exchanges()).toBe(3);
  });

  it.each([
    ['refuses', { status: 503 }],
    ['keeps the token', { json: { access_token: 'opaque', refresh_token: 'rt_old' } }],
  ])('lets another node try again where Clerk %s', async (_, answer) => {
    const engine = new ServiceOfNodes();
    grants.serve(answer);
    await refresh(engine.node()).catch(() => undefined);
    grants.serve({ json: await granted() });

    expect(await refresh(engine.node())).toMatchObject({ refresh_token: 'rt_new' });
  });

  it('marks a token as used whose new owner is another one', async () => {
    const engine = new ServiceOfNodes();
    grants.serve({ json: await granted({ sub: 'user_mallory' }) });
    const given = { refreshToken: 'rt_old', principal: alice };
    const codes = [];
    for (const node of [engine.node(), engine.node()]) {
      const failure = await grants
        .create(confidential, node)
        .refresh(given)
        .catch((error: unknown) => error);
      codes.push(Reflect.get(Object(failure), 'code'));
    }

    expect(codes).toEqual(['invalid_grant', 'invalid_grant']);
    expect(exchanges()).toBe(1);
  });

  it('exchanges as one process does while the engine is away', async () => {
    const node = new ServiceOfNodes().node();
    node.goAway();
    grants.serve({ json: await granted() });

    expect(await refresh(node)).toMatchObject({ refresh_token: 'rt_new' });
  });

  it('tells the engine no token', async () => {
    const engine = new ServiceOfNodes();
    const told: unknown[] = [];
    const node = engine.node();
    for (const part of ['leases', 'records'] as const) {
      const methods = node[part];
      Object.assign(node, {
        [part]: new Proxy(methods, {
          get:
            (_, name) =>
            (...args: unknown[]) => {
              told.push(args);
              return Reflect.get(methods, name)(...args);
            },
        }),
      });
    }
    grants.serve({ json: await granted() });
    await refresh(node);

    expect(told.length).toBeGreaterThan(2);
    expect(JSON.stringify(told)).not.toMatch(/rt_old|rt_new|eyJ/);
  });
});
