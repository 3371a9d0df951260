import { once } from 'node:events';
import { connect } from 'node:net';
import {
  Controller,
  ForbiddenException,
  Get,
  Injectable,
  Post,
  UseGuards,
  type CanActivate,
} from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  RequirePolicy,
  ClerkAuthGuard,
  Public,
  RequireRole,
  type AccessPolicyContext,
} from '../../../src/index.js';
import { AuditSink, TokenAuthenticator } from '../../../src/extend.js';
import { KeptEvents } from '../../mcp/audit/audited-app.js';
import { createClerkApp } from '../support/clerk-app.js';
import { catchErrorLog } from '../support/error-log.js';
import { FakeClerk } from '../support/fake-clerk.js';

@Injectable()
class Closed implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

const nobody = ({ principal }: AccessPolicyContext) => ({ reason: `not ${principal.subject}` });

@Controller('notes')
@UseGuards(ClerkAuthGuard)
class NotesController {
  @Get()
  list() {
    return [];
  }

  @Public()
  @Get('open')
  open() {
    return 'open';
  }

  @RequireRole('org:admin')
  @Post('purge')
  purge() {
    return 'purged';
  }

  @RequirePolicy(nobody)
  @Get('none')
  none() {
    return 'none';
  }

  @UseGuards(Closed)
  @Get('closed')
  closed() {
    return 'closed';
  }

  @Get('broken')
  broken() {
    throw new Error('a bug');
  }

  @Get('slow')
  slow() {
    return new Promise(() => undefined);
  }
}

catchErrorLog();
const sink = new KeptEvents();
let clerk: FakeClerk;
let app: NestFastifyApplication;
beforeAll(async () => {
  clerk = await FakeClerk.start();
  app = await createClerkApp(clerk.options(), {
    controllers: [NotesController],
    providers: [
      Closed,
      { provide: AuditSink, useValue: sink },
      // Twice before each handler.
      { provide: APP_GUARD, useExisting: ClerkAuthGuard },
    ],
  });
});
afterAll(async () => {
  await app.close();
  await clerk.close();
});
beforeEach(() => {
  clerk.reset();
  sink.events.length = 0;
  sink.level = 'all';
});

const get = async (path: string, token?: string, method: 'GET' | 'POST' = 'GET') =>
  app.inject({
    method,
    url: `/notes${path}`,
    headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  });

const ALICE = { subject: 'user_alice', userId: 'user_alice', tokenType: 'oauth_token' };
const entry = (method: string) => ({
  kind: 'handler',
  name: `NotesController.${method}`,
  source: `NotesController.${method}`,
});

describe('the audit of handlers behind ClerkAuthGuard', () => {
  it('has one decision and one call for one that is allowed, who asks included', async () => {
    const token = await clerk.oauthToken({ act: { sub: 'user_admin' }, org_id: 'org_7' });
    await get('', token);
    const [decision, call] = await sink.take(2);
    const who = {
      ...ALICE,
      clientId: 'client_1',
      organizationId: 'org_7',
      delegation: ['user_admin'],
      transport: 'http',
      entry: entry('list'),
    };
    expect(decision).toEqual({
      type: 'decision',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      requestId: expect.any(String),
      method: 'GET',
      decision: 'allowed',
      ...who,
    });
    expect(call).toEqual({
      type: 'call',
      time: expect.any(String),
      requestId: decision?.requestId,
      outcome: 'ok',
      durationMs: expect.any(Number),
      ...who,
    });
  });

  it.each([
    ['/closed', 'refused', 'HTTP_403'],
    ['/broken', 'error', 'HTTP_500'],
  ])('tells how %s ended', async (path, outcome, reason) => {
    await get(path, await clerk.oauthToken());
    expect(await sink.take(2)).toMatchObject([
      { type: 'decision' },
      { type: 'call', outcome, reason },
    ]);
  });

  it('has a decision and no call for one that is refused, with the condition', async () => {
    await get('/purge', await clerk.oauthToken({ scope: 'user:org:read' }), 'POST');
    expect(await sink.take(1)).toMatchObject([
      { decision: 'refused', reason: 'forbidden', requirement: 'role', method: 'POST', ...ALICE },
    ]);
    await get('/none', await clerk.oauthToken());
    const [event] = await sink.take(1);
    expect(event).toMatchObject({ requirement: 'policy', policy: 'nobody' });
    expect(JSON.stringify(event)).not.toContain('not user_alice');
  });

  it('names an address where there is nobody to name', async () => {
    await get('');
    await get('/open');
    const events = await sink.take(3);
    expect(events).toMatchObject([
      { decision: 'refused', reason: 'unauthenticated', address: '127.0.0.1' },
      { decision: 'allowed', address: '127.0.0.1' },
      { type: 'call', outcome: 'ok' },
    ]);
    expect(events.some((event) => 'subject' in event)).toBe(false);
  });

  it('has one event for a credential that is not good, and names nobody', async () => {
    await get('/open', await clerk.oauthToken({ aud: 'https://other.example.com' }));
    await get('/open', await clerk.oauthToken({ exp: 1 }));
    await get('/open', 'made-up!');
    expect(await sink.take(3)).toEqual(
      [
        { reason: 'invalid_token', detail: expect.stringContaining('another resource') },
        { reason: 'token_expired' },
        { reason: 'invalid_token', detail: 'The access token is malformed.' },
      ].map((why) => ({
        type: 'authentication',
        time: expect.any(String),
        requestId: expect.any(String),
        transport: 'http',
        address: '127.0.0.1',
        decision: 'refused',
        ...why,
      })),
    );
  });

  it('has one for a token that no request brought', async () => {
    await expect(app.get(TokenAuthenticator).authenticate('made-up!')).rejects.toThrow();
    expect(await sink.take(1)).toMatchObject([{ type: 'authentication', transport: 'stdio' }]);
  });

  it('records only what is refused, where that is all it is to', async () => {
    sink.level = 'refusals';
    await get('', await clerk.oauthToken());
    await get('/broken', await clerk.oauthToken());
    await get('/closed', await clerk.oauthToken());
    await get('');
    await get('', 'made-up!');
    expect(await sink.take(3)).toMatchObject([
      { type: 'call', outcome: 'refused', reason: 'HTTP_403' },
      { type: 'decision', decision: 'refused' },
      { type: 'authentication' },
    ]);
  });

  it('records nothing at off', async () => {
    sink.level = 'off';
    await get('', await clerk.oauthToken());
    await get('');
    await get('', 'made-up!');
    expect(await sink.take(0)).toEqual([]);
  });

  it('takes a call whose client goes away for cancelled', async () => {
    await app.listen(0, '127.0.0.1').catch(() => undefined); // On Express it listens already.
    const { port } = new URL(await app.getUrl());
    const socket = connect(Number(port), '127.0.0.1');
    await once(socket, 'connect');
    const token = await clerk.oauthToken();
    socket.write(`GET /notes/slow HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    expect(await sink.take(1)).toMatchObject([{ type: 'decision', decision: 'allowed' }]);
    socket.destroy();
    expect(await sink.take(1)).toMatchObject([{ type: 'call', outcome: 'cancelled' }]);
  });
});
