import { describe, expect, it } from 'vitest';
import { Module } from '@nestjs/common';
import { McpTool, Public } from '../../src/index.js';
import { ClerkAuthGuard } from '../../src/clerk/http/clerk-auth.guard.js';
import { ClerkAuthModule } from '../../src/clerk/clerk-auth.module.js';
import { McpModule } from '../../src/mcp/mcp.module.js';
import { createMcpTest } from '../../src/testing/index.js';
import { ADAPTER, createAdapter } from '../support/adapters.js';
import '../../src/testing/vitest.js';

class Tools {
  @Public()
  @McpTool({ description: 'Open' })
  open() {
    return 'open';
  }

  @McpTool({ description: 'Mine' })
  mine() {
    return 'mine';
  }
}

function moduleWith(signIn: 'connect' | 'offer' | 'call' | 'auto') {
  @Module({
    imports: [
      ClerkAuthModule.forRoot({ baseURL: 'https://notes.test' }),
      McpModule.forRoot({ name: 'notes', version: '1.0.0', guards: [ClerkAuthGuard], signIn }),
    ],
    providers: [Tools],
  })
  class NotesModule {}
  return NotesModule;
}

const LIST = {
  method: 'POST',
  headers: {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
};

describe.each(['connect', 'offer', 'call', 'auto'] as const)('In the mode %s', (signIn) => {
  it.each(['modern', 'legacy'] as const)(
    'an anonymous caller in process gets what the rules allow, era %s',
    async (era) => {
      await using test = await createMcpTest({
        imports: [moduleWith(signIn)],
        adapter: createAdapter(ADAPTER),
        era,
      });
      const nobody = test.anonymous();
      await expect(nobody).toSeeTools('open');
      expect((await nobody.listTools())[0]).not.toHaveProperty('_meta');
      await expect(nobody.callTool('open')).toHaveToolOutput('open');
      await expect(nobody.callTool('mine')).toBeUnauthenticated();
      const ada = await test.as({ email: 'ada@example.com' });
      await expect(ada).toSeeTools('mine', 'open');
      await expect(ada.callTool('mine')).toHaveToolOutput('mine');
      const response = await nobody.fetch('/mcp', LIST);
      expect(response.status).toBe(signIn === 'connect' ? 401 : 200);
      const text = await response.text();
      expect(text.includes('"mine"')).toBe(signIn === 'offer' || signIn === 'auto');
    },
  );
});

it('Over the network, an anonymous caller is subject to the mode', async () => {
  await using test = await createMcpTest({
    imports: [moduleWith('connect')],
    adapter: createAdapter(ADAPTER),
    transport: 'http',
  });
  await expect(test.anonymous().callTool('open')).toBeUnauthenticated();
  await using offering = await createMcpTest({
    imports: [moduleWith('offer')],
    adapter: createAdapter(ADAPTER),
    transport: 'http',
  });
  await expect(offering.anonymous()).toSeeTools('mine', 'open');
});
