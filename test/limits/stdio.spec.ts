import { Module } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { expect, it, onTestFinished } from 'vitest';
import { LimitsModule, McpModule, PrincipalThrottlerGuard } from '../../src/index.js';
import { call, connect, ERAS } from '../mcp/stdio/stdio-app.js';
import { MINUTE, Tools } from './throttled-app.js';

@Module({
  imports: [
    McpModule.forRoot({ name: 'host', version: '1.0.0' }),
    LimitsModule.forRoot({ principal: { limit: 2, ttlMs: MINUTE } }),
  ],
  providers: [Tools, { provide: APP_GUARD, useExisting: PrincipalThrottlerGuard }],
})
class HostModule {}

it.each(ERAS)('rate limits hold over stdio, %s client', async (era) => {
  const app = await NestFactory.createApplicationContext(HostModule, { logger: false });
  onTestFinished(() => app.close());
  const session = await connect({ app }, { era });
  expect(await call(session, 'open')).toMatchObject({ text: 'open' });
  expect(await call(session, 'open')).toMatchObject({ text: 'open' });
  expect(await call(session, 'open')).toEqual({
    isError: true,
    text: expect.stringMatching(/^Too many requests\. Try again in \d+ seconds\.$/),
  });
});
