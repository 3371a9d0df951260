import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RequirePolicy, Public } from '../../../src/access/access.decorators.js';
import { McpResource } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpNotifier } from '../../../src/mcp/server/mcp-notifier.js';
import { startClerkApp } from '../../support/clerk-app.js';
import { ENVELOPE, callTool, modernHeaders, openSession, send } from '../../support/mcp-request.js';
import { ADA, GRACE, accessToken } from '../../support/people.js';
import type { TestService } from '../../support/service.js';
import { Overheard } from '../every-way-out/overheard.js';
import { OnlyAda } from './entries.js';

const LEDGER = 'notes://ledger';

@Injectable()
class Ledger {
  constructor(private readonly notifier: McpNotifier) {}

  @RequirePolicy(OnlyAda)
  @McpResource({ uri: LEDGER })
  ledger() {
    return '';
  }

  @Public()
  @McpTool({ description: 'Changes the ledger, on behalf of anybody' })
  change() {
    this.notifier.resourceUpdated(LEDGER);
    return 'done';
  }
}

let service: TestService;
beforeAll(async () => {
  service = await startClerkApp([Ledger, OnlyAda]);
});
afterAll(() => service.stop());

/** The policy reads who is signed in from `ClerkContext`: there that is the listener, too. */
it('A policy is asked about who listens, whoever has caused the event', async () => {
  const { url } = service;
  const ada = await accessToken(service, { user: ADA });
  const method = 'subscriptions/listen';
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${ada}`,
      ...modernHeaders(method),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method,
      params: { notifications: { resourceSubscriptions: [LEDGER] }, _meta: ENVELOPE },
    }),
  });
  const listened = new Overheard(response);
  const session = await openSession(url, { token: ada });
  const options = { era: 'legacy', token: ada, session } as const;
  await send(url, 'resources/subscribe', { uri: LEDGER }, options);
  const stream = await fetch(url, {
    headers: {
      accept: 'text/event-stream',
      'mcp-session-id': session,
      authorization: `Bearer ${ada}`,
    },
  });
  const onSession = new Overheard(stream);

  await callTool(url, 'change', {}, { token: await accessToken(service, { user: GRACE }) });
  await listened.until(LEDGER);
  await onSession.until(LEDGER);
  expect(listened.text).toContain('resources/updated');
  expect(onSession.text).toContain('resources/updated');
  await Promise.all([listened.close(), onSession.close()]);
});
