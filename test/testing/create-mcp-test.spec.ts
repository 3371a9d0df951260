import { ExpressAdapter } from '@nestjs/platform-express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMcpTest, McpRefusedError, type McpTest } from '../../src/testing/index.js';
import { NotesModule, NotesTools } from './notes.app.js';

const EVE = 'eve@example.com';
const ERAS = ['modern', 'legacy'] as const;

describe.each([
  ['in-process', 'Fastify'],
  ['http', 'Fastify'],
  ['in-process', 'Express'],
  ['http', 'Express'],
] as const)('createMcpTest, %s, on %s', (transport, framework) => {
  let test: McpTest;
  beforeAll(async () => {
    const adapter = framework === 'Express' ? { adapter: new ExpressAdapter() } : {};
    test = await createMcpTest({ imports: [NotesModule], transport, ...adapter });
  });
  afterAll(() => test.close());

  describe.each(ERAS)('%s', (era) => {
    it('calls a public tool as nobody', async () => {
      const anonymous = test.anonymous({ era });
      expect((await anonymous.callTool('about')).output).toBe('notes');
    });

    it('calls a tool by its method, as somebody who is created for it', async () => {
      const eve = await test.as({ email: EVE }, { era });
      const { output } = await eve.callTool(NotesTools, 'me');
      expect(output.email).toBe(EVE);
    });

    it('rejects with what the server refused', async () => {
      const ada = await test.as({}, { era });
      const refusal: unknown = await ada.callTool('add_note', { text: 'x' }).catch((e) => e);
      expect(refusal).toBeInstanceOf(McpRefusedError);
      expect(refusal).toMatchObject({ status: 403, scopes: ['notes:read', 'notes:write'] });
    });

    it('reads a resource, and gets a prompt', async () => {
      const ada = await test.as({ scopes: ['notes:read'] }, { era });
      expect((await ada.readResource('notes://all')).json()).toEqual([{ id: 1 }]);
      expect((await ada.readResource('notes://7')).text).toBe('note 7');
      expect((await ada.getPrompt('sumUp', { style: 'short' })).text).toBe('Sum up, short.');
    });

    it('tells of progress, lists, and leaves when it is told to', async () => {
      const ada = await test.as({ scopes: ['notes:read'] }, { era });
      const templates = await ada.listResourceTemplates();
      expect(templates.map(({ uriTemplate }) => uriTemplate)).toEqual(['notes://{id}']);
      const progress: number[] = [];
      const onProgress = (step: { progress: number }) => progress.push(step.progress);
      await ada.callTool('slowly', {}, { onProgress });
      expect(progress).toEqual([1, 2]);
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(ada.callTool('slowly', {}, { signal })).rejects.toThrow();
      expect(await ada.complete({ prompt: 'sumUp' }, { name: 'style', value: 's' })).toEqual([
        'short',
      ]);
    });

    it('has the whole client, and plain HTTP', async () => {
      const ada = await test.as({}, { era });
      const client = await ada.client();
      expect(client.getServerVersion()?.name).toBe('notes');
      expect((await ada.fetch('/notes')).status).toBe(200);
    });

    it('answers a question', async () => {
      const ada = await test.as({}, { era });
      expect((await ada.callTool('clear', {}, { answers: [{ sure: true }] })).output).toBe(
        'deleted',
      );
      expect((await ada.answers('decline').callTool('clear')).output).toBe('decline');
      await expect(ada.callTool('clear')).rejects.toThrow(/"Delete all\?".*no answer/);
    });
  });
});
