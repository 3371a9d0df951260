import { connect, type Socket } from 'node:net';
import { Injectable } from '@nestjs/common';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Public } from '../../../src/access/access.decorators.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { ADAPTERS, createAdapter } from '../../support/adapters.js';
import { mcpApp } from '../fixtures.js';
import { rawCall } from './raw-request.js';
import { eventually } from '../../support/within.js';

describe.each(ADAPTERS)('requests that are sent before an answer is read, on %s', (name) => {
  async function start() {
    const started: string[] = [];
    let release = (): void => undefined;
    const first = new Promise<void>((resolve) => (release = resolve));

    @Injectable()
    @Public()
    class Tools {
      @McpTool({ description: 'Waits until the test says so' })
      async slow() {
        started.push('slow');
        await first;
        return 'slow answer';
      }

      @McpTool({ description: 'Answers' })
      quick() {
        started.push('quick');
        return 'quick answer';
      }
    }
    const { app, url } = await mcpApp([Tools], { adapter: createAdapter(name) });
    const closed = vi.fn<() => void>();
    app
      .getHttpServer()
      .once('connection', (connection: Socket) => connection.once('close', closed));
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    onTestFinished(() => void socket.destroy());
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString('latin1')));
    for (const tool of ['slow', 'quick', 'quick']) {
      const { lines, body } = rawCall('/mcp', tool);
      const keptAlive = lines.filter((line) => line !== 'Connection: close');
      socket.write(`${keptAlive.join('\r\n')}\r\n\r\n${body}`);
    }
    return { url, socket, started, release, closed, received: () => received };
  }

  it('are served in their turn', async () => {
    const { url, started, release, received } = await start();
    await eventually(() => expect(started).toEqual(['slow']));
    // Another connection does not wait.
    const { body } = rawCall('/mcp', 'quick');
    const other = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(await other.text()).toContain('quick answer');
    expect(started).toEqual(['slow', 'quick']);
    release();
    await eventually(() => expect(received().match(/(slow|quick) answer/g)).toHaveLength(3));
    expect(started).toEqual(['slow', 'quick', 'quick', 'quick']);
    expect(received().indexOf('slow answer')).toBeLessThan(received().indexOf('quick answer'));
  });

  it('are not served at all when the client is gone by then', async () => {
    const { url, socket, started, release, closed } = await start();
    await eventually(() => expect(started).toEqual(['slow']));
    socket.destroy();
    await eventually(() => expect(closed).toHaveBeenCalled());
    release();
    for (let at = 0; at < 3; at += 1) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: rawCall('/mcp', 'slow').body,
      });
      expect(await response.text()).toContain('slow answer');
    }
    expect(started).toEqual(['slow', 'slow', 'slow', 'slow']);
  });
});
