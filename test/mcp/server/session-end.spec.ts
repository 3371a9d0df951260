import { Injectable } from '@nestjs/common';
import { expect, it } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { startMcpApp } from '../fixtures.js';
import { openSession, sessionCount } from './session-client.js';

@Public()
@Injectable()
class Tools {
  @McpTool({ description: 'Answers' })
  ping() {
    return 'pong';
  }
}

it('ends a session for a client that sends the type of a body with its DELETE', async () => {
  const { app, url } = await startMcpApp([Tools]);
  const { id } = await openSession(url, 'alice');
  const headers = {
    authorization: 'Bearer alice',
    'content-type': 'application/json',
    'mcp-session-id': id,
  };
  const response = await fetch(url, { method: 'DELETE', headers });
  expect([response.status, sessionCount(app)]).toEqual([200, 0]);
  await app.close();
});
