import { Injectable } from '@nestjs/common';
import { expect, it, onTestFinished } from 'vitest';
import { Public } from '../../src/access/access.decorators.js';
import { McpTool } from '../../src/mcp/authoring/mcp-tool.decorator.js';
import { startClerkApp } from '../support/clerk-app.js';
import { callTool } from '../support/mcp-request.js';
import { accessToken } from '../support/people.js';
import { FAST_PATH } from '../support/fast-path.js';
import { startService } from '../support/service.js';

@Injectable()
class Host {
  @Public()
  @McpTool({ name: 'echo', description: 'Open' })
  echo() {
    return 'open';
  }
}

/** Both fixtures of these tests go the way that the run is about: straight, unless it is the other one. */
it.each([
  ['the whole service', () => startService()],
  ['a host application', () => startClerkApp([Host])],
])('%s answers directly in the run of these tests that says so', async (_, start) => {
  const service = await start();
  onTestFinished(() => service.stop());
  const token = await accessToken(service);
  const { status, headers } = await callTool(service.url, 'echo', { message: 'hi' }, { token });
  expect(status).toBe(200);
  // The SDK writes what it answers in pieces.
  expect(headers.has('content-length')).toBe(FAST_PATH);
});
