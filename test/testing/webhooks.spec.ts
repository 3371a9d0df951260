import { Test } from '@nestjs/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { expect, it, onTestFinished } from 'vitest';
import type { Revocation } from '../../src/access/revocation.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { ClerkRevocations } from '../../src/clerk/revocation/clerk-revocations.js';
import { startTestEmulator, useTestEmulator } from '../../src/testing/test-emulator.js';
import { createAdapter } from '../support/adapters.js';

it('An application on the emulator accepts its webhooks, whatever signing secret is configured', async () => {
  const clerk = await startTestEmulator();
  onTestFinished(() => clerk.close());
  const builder = Test.createTestingModule({
    imports: [
      ClerkAuthModule.forRoot({
        secretKey: 'sk_live_of_production',
        clerkDomain: 'clerk.example.com',
        baseURL: 'https://mcp.example.com',
        webhooks: { signingSecret: 'whsec_b2YgcHJvZHVjdGlvbiwgYW5kIHVua25vd24=' },
      }),
    ],
  });
  const module = await useTestEmulator(builder, clerk).compile();
  const app = module.createNestApplication<NestFastifyApplication>(
    createAdapter('fastify') as never,
  );
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const revoked: Revocation[] = [];
  app.get(ClerkRevocations).subscribe((revocation) => revoked.push(revocation));
  clerk.webhooks.sendTo({ url: `${await app.getUrl()}/webhooks/clerk` });
  const { id } = clerk.sessions.create({ user: 'ada@example.com' });
  clerk.sessions.revoke(id);
  await clerk.webhooks.settled();
  expect(revoked).toEqual([{ sessionId: id }]);
});
