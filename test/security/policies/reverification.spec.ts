import { Controller, Get, Injectable, UseGuards } from '@nestjs/common';
import { isReverificationHint } from '@clerk/shared/authorization-errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { RequireReverification } from '../../../src/access/access.decorators.js';
import { ClerkAuthGuard } from '../../../src/clerk/http/clerk-auth.guard.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { startClerkApp } from '../../support/clerk-app.js';
import { ERAS, callTool } from '../../support/mcp-request.js';
import { accessToken, sessionToken } from '../../support/people.js';
import type { TestService } from '../../support/service.js';

@Injectable()
class Vault {
  @RequireReverification('strict')
  @McpTool({ description: 'Without an output schema' })
  open() {
    return 'open';
  }

  @RequireReverification({ level: 'first_factor', afterMinutes: 5 })
  @McpTool({ description: 'With an output schema', output: z.object({ open: z.boolean() }) })
  look() {
    return { open: false };
  }
}

@Controller('vault')
@UseGuards(ClerkAuthGuard)
class VaultController {
  @RequireReverification('strict')
  @Get()
  open() {
    return 'open';
  }
}

let service: TestService;
beforeAll(async () => {
  service = await startClerkApp([Vault], { controllers: [VaultController] });
});
afterAll(() => service.stop());

const stale = () => sessionToken(service, { claims: { fva: [30, 20] } });
const hint = (reverification: unknown) => ({
  clerk_error: { type: 'forbidden', reason: 'reverification-error', metadata: { reverification } },
});

describe.each(ERAS)('A user who has not verified lately, %s era,', (era) => {
  it("is told in the shape that Clerk's clients understand", async () => {
    const { status, body } = await callTool(service.url, 'open', {}, { era, token: await stale() });
    expect(status).toBe(200);
    expect(body.result).toMatchObject({ isError: true, structuredContent: hint('strict') });
    expect(isReverificationHint(body.result?.structuredContent)).toBe(true);
  });

  it('is told in text where structured content would break an output schema', async () => {
    const { body } = await callTool(service.url, 'look', {}, { era, token: await stale() });
    expect(body.result?.isError).toBe(true);
    expect(body.result?.structuredContent).toBeUndefined();
    const [sentence, data] = body.result?.content ?? [];
    expect(sentence?.text).toContain('verified lately');
    expect(JSON.parse(data?.text ?? '')).toMatchObject(
      hint({ level: 'first_factor', afterMinutes: 5 }),
    );
  });

  it('is let in with a fresh verification', async () => {
    const token = await sessionToken(service, { claims: { fva: [30, 5] } });
    const { body } = await callTool(service.url, 'open', {}, { era, token });
    expect(body.result?.isError).toBeFalsy();
  });

  it('cannot cure it with a token that never tells', async () => {
    const token = await accessToken(service);
    const { body } = await callTool(service.url, 'open', {}, { era, token });
    expect(body.result?.isError).toBe(true);
    expect(JSON.stringify(body)).not.toContain('clerk_error');
  });
});

it('On an ordinary route the answer is 403, in the same shape', async () => {
  const headers = { authorization: `Bearer ${await stale()}` };
  const response = await fetch(`${service.baseURL}/vault`, { headers });
  expect(response.status).toBe(403);
  const body: unknown = await response.json();
  expect(body).toMatchObject(hint('strict'));
  expect(isReverificationHint(body)).toBe(true);
});
