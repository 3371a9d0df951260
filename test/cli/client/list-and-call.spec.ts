import { Injectable, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Public } from '../../../src/access/access.decorators.js';
import type { McpContext } from '../../../src/mcp/authoring/mcp-context.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import { startService, type TestService } from '../../support/service.js';
import { runCommand, type CommandSurroundings } from '../fake-terminal.js';
import { person } from './person.js';
import { startToolServer } from './tool-server.js';

@Injectable()
class Tools {
  @Public()
  @McpTool({ description: 'Counts', input: z.object({ to: z.number() }) })
  async count({ to }: { to: number }, context: McpContext) {
    for (let step = 1; step <= to; step += 1) await context.progress(step, to, `step ${step}`);
    return { counted: to };
  }

  @Public()
  @McpTool({ description: 'Colours\u001b[31m the\u009b31m terminal' })
  colour() {
    return 'red \u001b[31m\u009b31m\r\nend';
  }

  @Public()
  @McpTool({ description: 'Fails' })
  fail(): string {
    throw new Error('secret of the server');
  }

  @Public()
  @McpTool({ description: 'Waits' })
  async wait(_input: object, { signal }: McpContext) {
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('gone')), { once: true });
    });
    return 'never';
  }

  @Public()
  @McpTool({ description: 'Shows' })
  blocks() {
    return {
      content: [
        { type: 'image' as const, mimeType: 'image/png', data: 'AAAA' },
        { type: 'resource_link' as const, name: 'n', uri: 'notes://1' },
        { type: 'resource' as const, resource: { uri: 'notes://2', text: 'two' } },
      ],
    };
  }
}

@Module({
  imports: [McpModule.forRoot({ name: 'tools', version: '1.0.0', guards: [], pageSize: 2 })],
  providers: [Tools],
})
class ToolsModule {}

describe('list and call', () => {
  let service: TestService;
  let tools: { readonly url: string; readonly app: NestFastifyApplication };
  beforeAll(async () => {
    [service, tools] = await Promise.all([
      startService({ env: { MCP_SIGN_IN: 'connect' } }),
      startToolServer(ToolsModule),
    ]);
  });
  afterAll(() => Promise.all([service.stop(), tools.app.close()]));

  const run = (args: readonly string[], surroundings: CommandSurroundings = {}) =>
    runCommand(args, { open: person(service), ...surroundings });

  describe('list', () => {
    it.each(['auto', 'modern', 'legacy'])('reads every page (%s)', async (era) => {
      const { code, stdout } = await run(['list', tools.url, '--era', era]);
      expect({ code, lines: stdout.trimEnd().split('\n') }).toEqual({
        code: 0,
        lines: [
          'Tools',
          '  blocks  Shows',
          // A server cannot change what the terminal shows.
          '  colour  Colours[31m the31m terminal',
          '  count  Counts',
          '  fail  Fails',
          '  wait  Waits',
        ],
      });
    });

    it('lists as somebody', async () => {
      const args = ['list', service.url, '--as', 'ada@example.com', '--json'];
      const { code, stdout } = await run(args);
      const names = JSON.parse(stdout).tools.map(({ name }: { name: string }) => name);
      expect({ code, names }).toEqual({
        code: 0,
        names: ['echo', 'getAuthInfo', 'getUserProfile', 'refreshToken'],
      });
      const signedIn = await run(['list', service.url, '--sign-in']);
      expect(signedIn).toMatchObject({ code: 0, stdout: expect.stringContaining('  echo  ') });
    });

    it('says how to sign in, and that a token is bad without repeating it', async () => {
      expect(await run(['list', service.url])).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringContaining('asks for a sign-in. Pass --sign-in, --as'),
      });
      const { code, stderr } = await run(['list', service.url, '--token'], { stdin: 'opaque-bad' });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining('The server answers 401: '),
      });
      expect(stderr).not.toContain('opaque-bad');
    });

    it('says that nothing is there', async () => {
      expect(await run(['list', 'http://127.0.0.1:9'])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/ECONNREFUSED|fetch failed/),
      });
      expect(await run(['list', `${service.baseURL}/nothing`])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('404'),
      });
    });
  });

  describe('call', () => {
    it.each(['modern', 'legacy'])('prints progress while it runs (%s)', async (era) => {
      const result = await run(['call', tools.url, 'count', '{"to":2}', '--era', era]);
      expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('"counted":2') });
      expect(result.stderr).toContain('progress 1 of 2: step 1\nprogress 2 of 2: step 2\n');
    });

    it('prints content of every kind, without control characters', async () => {
      expect(await run(['call', tools.url, 'colour'])).toEqual({
        code: 0,
        stdout: 'red [31m31m\nend\n',
        stderr: '',
      });
      expect(await run(['call', tools.url, 'blocks'])).toEqual({
        code: 0,
        stdout: '[image, image/png, 3 bytes]\n[link to notes://1]\ntwo\n',
        stderr: '',
      });
      const { stdout } = await run(['call', tools.url, 'colour', '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ content: [{ type: 'text' }] });
      // oxlint-disable-next-line no-control-regex
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    });

    it('exits with 1 if the tool fails, or is none', async () => {
      const failed = await run(['call', tools.url, 'fail']);
      expect(failed).toMatchObject({ code: 1, stdout: expect.stringContaining('Internal error') });
      expect(JSON.stringify(failed)).not.toContain('secret of the server');
      expect(await run(['call', tools.url, 'none'])).toMatchObject({ code: 1 });
      expect(await run(['call', tools.url, 'count', '{"to":"x"}'])).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('Invalid'),
      });
    });

    it('ends after the time limit, and with the command', async () => {
      expect(await run(['call', tools.url, 'wait', '--timeout', '1'])).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/timed out/i),
      });
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 200);
      const stopped = await run(['call', tools.url, 'wait'], { stopped: stop.signal });
      expect(stopped).toMatchObject({ code: 1, stderr: 'Stopped.\n' });
    });
  });
});
