import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { AppModule } from './../src/app.module.js';

describe('AppController (e2e)', () => {
  let app: NestFastifyApplication;

  beforeEach(async () => {
    const moduleFixture = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = moduleFixture.createNestApplication<NestFastifyApplication>(new FastifyAdapter());
    await app.init();
  });

  it('/ (GET)', async () => {
    const { statusCode, body } = await app.inject({ method: 'GET', url: '/' });
    expect({ statusCode, body }).toEqual({ statusCode: 200, body: 'Hello' });
  });

  afterEach(() => app.close());
});
