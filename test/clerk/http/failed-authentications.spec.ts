import { Controller, Get, Injectable, UseGuards, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ClerkAuthGuard, ClerkAuthModule, type ClerkLimits } from '../../../src/index.js';
import { FailedAuthentications } from '../../../src/extend.js';
import { FakeClerk, opaqueVerdict, VERIFY_PATH } from '../support/fake-clerk.js';

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
  app = await start(SharedFailures);
});
afterAll(async () => {
  await app.close();
  await clerk.close();
});

async function start(
  useClass: Type<FailedAuthentications>,
  limits: Partial<ClerkLimits> = {},
): Promise<NestFastifyApplication> {
  const auth = ClerkAuthModule.forRoot(clerk.options({ limits }));
  const shared = { provide: FailedAuthentications, useClass };
  const module = await Test.createTestingModule({
    imports: [{ ...auth, providers: [...(auth.providers ?? []), shared] }],
    controllers: [Mine],
  }).compile();
  const started = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
  started.useLogger(false);
  await started.init();
  return started;
}

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

const fail = (): never => {
  throw new Error('ECONNREFUSED 6379');
};

it.each([
  ['throws', () => fail()],
  ['rejects', async () => fail()],
  ['hangs', () => new Promise<never>(() => undefined)],
  ['answers nothing', () => undefined as never],
])('failed authentications are counted by this node while the store %s', async (_, work) => {
  @Injectable()
  class Broken extends FailedAuthentications {
    pauseOf = work;
    note = work;
  }
  clerk.reset();
  clerk.on(VERIFY_PATH, () => ({ json: opaqueVerdict() }));
  const node = await start(Broken, { failuresPerAddress: 2, seamTimeoutMs: 20 });
  const ask = async (token: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await node.inject({ url: '/mine', headers })).statusCode;
  };
  expect(await ask('oat_0123456789'), 'a good token that Clerk must be asked about').toBe(200);
  expect([await ask('bad'), await ask('bad')]).toEqual([401, 401]);
  expect([await ask('bad'), await ask(await clerk.oauthToken())]).toEqual([429, 200]);
  await node.close();
});
