import { Controller, Get, Injectable, UseGuards } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ClerkAuthGuard, ClerkAuthModule, FailedAuthentications } from '../../../src/index.js';
import { FakeClerk } from '../support/fake-clerk.js';

/** Stands for a store that several processes share. */
@Injectable()
class SharedFailures extends FailedAuthentications {
  readonly noted: string[] = [];

  async pauseOf(address: string) {
    return this.noted.filter((one) => one === address).length < 2 ? 0 : 4_200;
  }

  async note(address: string) {
    this.noted.push(address);
  }
}

@UseGuards(ClerkAuthGuard)
@Controller('mine')
class Mine {
  @Get()
  read() {
    return 'mine';
  }
}

let clerk: FakeClerk;
let app: NestFastifyApplication;
beforeAll(async () => {
  clerk = await FakeClerk.start();
  const auth = ClerkAuthModule.forRoot(clerk.options());
  const shared = { provide: FailedAuthentications, useClass: SharedFailures };
  const module = await Test.createTestingModule({
    imports: [{ ...auth, providers: [...(auth.providers ?? []), shared] }],
    controllers: [Mine],
  }).compile();
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  app.useLogger(false);
  await app.init();
});
afterAll(async () => {
  await app.close();
  await clerk.close();
});

it('failed authentications are counted where the application says', async () => {
  const ask = (token: string, remoteAddress: string) =>
    app.inject({
      url: '/mine',
      headers: { authorization: `Bearer ${token}` },
      remoteAddress,
    });
  const statuses = [];
  for (let at = 0; at < 3; at += 1)
    statuses.push((await ask('bad', '::ffff:192.0.2.1')).statusCode);
  expect(statuses).toEqual([401, 401, 429]);
  const refused = await ask('bad', '192.0.2.1');
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '5']);
  expect((await ask('bad', '192.0.2.2')).statusCode).toBe(401);
  expect((await ask(await clerk.oauthToken(), '192.0.2.1')).statusCode).toBe(200);
  const failures = app.get(FailedAuthentications) as SharedFailures;
  expect(failures.noted).toEqual(['192.0.2.1', '192.0.2.1', '192.0.2.2']);
});
