import { Controller, Get, Injectable, UseGuards } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Public, VerifyAlways } from '../../../src/access/access.decorators.js';
import { UnverifiableAccessError } from '../../../src/access/access.errors.js';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { McpResource } from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { startClerkApp } from '../../support/clerk-app.js';
import { ERAS, callTool, send, sendBody } from '../../support/mcp-request.js';
import { KATHERINE, accessToken, opaqueToken, sessionToken } from '../../support/people.js';
import type { TestService } from '../../support/service.js';

@Injectable()
class Payments {
  @McpTool({ description: 'Takes the verdict of a moment ago' })
  balance() {
    return 'done';
  }

  @VerifyAlways()
  @McpTool({ description: 'Asks Clerk about the caller now' })
  pay() {
    return 'done';
  }

  @VerifyAlways()
  @McpResource({ uri: 'secret://ledger', description: 'Asks Clerk about the caller now' })
  ledger() {
    return 'done';
  }
}

@Controller('payments')
@UseGuards(ClerkAuthGuard)
class PaymentsController {
  @VerifyAlways()
  @Get()
  pay() {
    return 'done';
  }
}

let service: TestService;
beforeAll(async () => {
  service = await startClerkApp([Payments], { controllers: [PaymentsController] });
});
afterAll(() => service.stop());
beforeEach(() => {
  service.clerk.faults.clear();
  service.clerk.users.update(KATHERINE, { banned: false });
});

const TOKENS = [
  ['an OAuth JWT', () => accessToken(service, { user: KATHERINE })],
  ['an opaque OAuth token', () => opaqueToken(service, { user: KATHERINE })],
  ['a session token', () => sessionToken(service, { user: KATHERINE })],
] as const;

describe.each(ERAS)('@VerifyAlways(), %s era,', (era) => {
  describe.each(TOKENS)('with %s', (_, issue) => {
    it('lets in nobody whom Clerk has banned since, where the cache still would', async () => {
      const token = await issue();
      const options = { era, token };
      expect((await callTool(service.url, 'balance', {}, options)).status).toBe(200);
      expect((await callTool(service.url, 'pay', {}, options)).text).toContain('done');

      service.clerk.users.update(KATHERINE, { banned: true });
      const sensitive = await callTool(service.url, 'pay', {}, options);
      expect(sensitive).toMatchObject({ status: 401, body: { error: 'invalid_token' } });
      const read = await send(
        service.url,
        'resources/read',
        { uri: 'secret://ledger' },
        {
          ...options,
          headers: era === 'modern' ? { 'mcp-name': 'secret://ledger' } : {},
        },
      );
      expect(read.status).toBe(401);
      expect((await callTool(service.url, 'balance', {}, options)).text).toContain('done');
    });

    it('is a 503 while Clerk cannot be asked, where the cache still serves', async () => {
      const options = { era, token: await issue() };
      expect((await callTool(service.url, 'balance', {}, options)).status).toBe(200);
      service.clerk.faults.set('users', { kind: 'status', status: 500 });
      const sensitive = await callTool(service.url, 'pay', {}, options);
      expect(sensitive.status, sensitive.text).toBe(503);
      expect((await callTool(service.url, 'balance', {}, options)).text).toContain('done');
    });
  });

  it('asks an anonymous caller to sign in, and asks nobody about them', async () => {
    expect((await callTool(service.url, 'pay', {}, { era })).status).toBe(401);
  });
});

it('One entry in a batch that is refused refuses the batch', async () => {
  const token = await accessToken(service, { user: KATHERINE });
  const call = (id: number, name: string) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: {} },
  });
  service.clerk.users.update(KATHERINE, { banned: true });
  const body = JSON.stringify([call(1, 'balance'), call(2, 'pay')]);
  expect((await sendBody(service.url, body, { token })).status).toBe(401);
});

it('It holds on ordinary routes', async () => {
  const token = await sessionToken(service, { user: KATHERINE });
  const ask = () =>
    fetch(`${service.baseURL}/payments`, { headers: { authorization: `Bearer ${token}` } });
  expect((await ask()).status).toBe(200);
  service.clerk.users.update(KATHERINE, { banned: true });
  expect((await ask()).status).toBe(401);
});

describe('Where it cannot hold, the boot stops', () => {
  it('without an authentication module', async () => {
    const module = await Test.createTestingModule({
      imports: [McpModule.forRoot({ name: 'bare', version: '1.0.0' })],
      providers: [Payments],
    }).compile();
    const app = module.createNestApplication(new FastifyAdapter(), { logger: false });
    await expect(app.init()).rejects.toThrow(UnverifiableAccessError);
    await app.close();
  });

  it('on a method that is public', async () => {
    class Torn {
      @Public()
      @VerifyAlways()
      @McpTool({ description: 'Both' })
      both() {}
    }
    const module = await Test.createTestingModule({
      imports: [McpModule.forRoot({ name: 'bare', version: '1.0.0' })],
      providers: [Torn],
    }).compile();
    const app = module.createNestApplication(new FastifyAdapter(), { logger: false });
    await expect(app.init()).rejects.toThrow('Torn.both is both @Public() and protected.');
    await app.close();
  });
});
