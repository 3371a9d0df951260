import { describe, expect, it } from 'vitest';
import { toMcpOptions } from '../../src/app/app.module.js';
import { readConfig } from '../../src/app/config.js';
import { serverCardOf } from '../../src/mcp/http/server-card.js';
import { resolveMcpOptions } from '../../src/mcp/mcp-options.js';

const INSTANCE = { CLERK_SECRET_KEY: 'sk_test_x', CLERK_DOMAIN: 'clerk.example.com' };

describe('MCP_SERVER_CARD', () => {
  it('has the service describe itself only where it is on', () => {
    expect(toMcpOptions(readConfig(INSTANCE)).serverCard).toBeUndefined();
    const config = readConfig({
      ...INSTANCE,
      BASE_URL: 'https://mcp.example.com',
      MCP_SERVER_CARD: 'on',
    });
    const options = resolveMcpOptions(toMcpOptions(config));
    const card = options.serverCard && serverCardOf(options.serverCard, options);
    expect(JSON.parse(card?.document.text ?? '')).toMatchObject({
      name: 'com.example.mcp/nestjs-clerk-mcp',
      remotes: [{ url: 'https://mcp.example.com/mcp' }],
    });
  });
});
