import { Controller, Get, Injectable, Module, UseGuards } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ClerkAuthGuard,
  ClerkAuthModule,
  ClerkContext,
  McpModule,
  McpTool,
} from '../../src/index.js';
import { createMcpTest, type McpTest } from '../../src/testing/index.js';

@Injectable()
class Calendar {
  constructor(private readonly clerk: ClerkContext) {}

  @McpTool({ description: 'Reads the calendar' })
  async read() {
    const token = await this.clerk.upstreamToken('google', { scopes: ['calendar'] });
    return token.length;
  }
}

@Controller('calendar')
@UseGuards(ClerkAuthGuard)
class CalendarController {
  constructor(private readonly calendar: Calendar) {}

  @Get()
  read() {
    return this.calendar.read();
  }
}

@Module({
  imports: [
    ClerkAuthModule.forRoot({
      secretKey: 'sk_test_x',
      clerkDomain: 'clerk.example.com',
      baseURL: 'https://mcp.example.com',
    }),
    McpModule.forRoot({ name: 'calendar', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  controllers: [CalendarController],
  providers: [Calendar],
})
class AppModule {}

let test: McpTest;
beforeAll(async () => {
  test = await createMcpTest({ imports: [AppModule] });
});
afterAll(() => test.close());

it('a tool asks for the connection that it needs, and goes on with it', async () => {
  const ada = await test.as({ email: 'ada@example.com' });
  const connect = () => {
    test.clerk.externalAccounts.connect({
      user: 'ada@example.com',
      provider: 'google',
      scopes: ['calendar'],
      token: 'twelve chars',
    });
    test.clock.advance({ seconds: 3 });
    return 'accept' as const;
  };
  const { output } = await ada.callTool('read', {}, { answers: [connect] });
  expect(output).toBe('12');
  expect(ada.asked).toMatchObject([
    { mode: 'url', message: 'Connect your google account.', url: `${test.clerk.url}/user` },
  ]);
});

it('a route and a client that opens no pages get the URL', async () => {
  const grace = await test.as({ email: 'grace@example.com' }, { capabilities: {} });
  expect((await grace.callTool('read')).text).toContain(`Open ${test.clerk.url}/user`);
  const response = await grace.fetch('/calendar');
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({
    error: 'page_required',
    url: `${test.clerk.url}/user`,
  });
});
