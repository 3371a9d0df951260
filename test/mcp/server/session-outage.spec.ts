import { describe, expect, it, onTestFinished } from 'vitest';
import { BACKPLANE } from '../../../src/backplane/backplane.module.js';
import { ServiceOfNodes } from '../../support/service-of-nodes.js';
import { startMcpApp } from '../fixtures.js';
import { openSession } from './session-client.js';
import { ServedTools } from './tools.js';

const SECOND = 1_000;

describe('A session while the engine is away', () => {
  it('goes on for a minute at a node that knows it, and is 503 then, until the engine is back', async () => {
    let now = Date.now();
    const node = new ServiceOfNodes(() => now).node();
    const { app, url } = await startMcpApp([ServedTools], {
      override: (builder) => builder.overrideProvider(BACKPLANE).useValue(node),
    });
    onTestFinished(() => app.close());
    const session = await openSession(url, 'ada');
    const ping = () => session.send('ping', {}, 'ada');
    expect((await ping()).status).toBe(200);
    node.goAway();

    now += 59 * SECOND;
    expect((await ping()).status).toBe(200);
    now += 2 * SECOND;
    const refused = await ping();
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([503, true]);
    // With the next request its record is asked, which the engine does not answer either.
    now += 10 * 60 * SECOND;
    expect((await ping()).status).toBe(503);
    node.comeBack();
    expect((await ping()).status).toBe(200);
  });
});
