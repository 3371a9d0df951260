import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Public } from '../../src/access/access.decorators.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { startClerkApp } from '../support/clerk-app.js';
import { openSession, send } from '../support/mcp-request.js';
import type { TestService } from '../support/service.js';

@Injectable()
class MixedTools {
  @McpTool({ description: 'For everybody' })
  @Public()
  open() {
    return 'open';
  }

  @McpTool({ description: 'For users' })
  closed() {
    return 'closed';
  }
}

const HEADERS = { 'user-agent': 'openai-mcp (ChatGPT)' };
const PARAMS = { name: 'closed', arguments: {} };

describe.each([
  ['fast path', true],
  ['SDK', false],
])('The challenge in a result, on the way of the %s', (_path, fastPath) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startClerkApp([MixedTools], {
      clerk: { loopbackNames: true },
      mcp: { signIn: 'offer', fastPath },
    });
  });
  afterAll(() => service.stop());

  it.each(['localhost', '127.0.0.1'])('names the metadata under %s', async (name) => {
    const url = new URL(service.url);
    url.hostname = name;
    const session = await openSession(url.href);
    const answers = [
      await send(url.href, 'tools/call', PARAMS, { headers: HEADERS }),
      await send(url.href, 'tools/call', PARAMS, { headers: HEADERS, era: 'legacy', session }),
    ];
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      const [challenge] = (body.result as any)['_meta']['mcp/www_authenticate'];
      const metadata = `${url.origin}/.well-known/oauth-protected-resource/mcp`;
      expect(challenge).toContain(`resource_metadata="${metadata}"`);
    }
  });
});
