import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMcpTest, McpRefusedError, type McpTest } from '../../src/testing/index.js';
import { NotesModule, NotesTools } from './notes.app.js';

const ERAS = ['modern', 'legacy'] as const;

describe.each(['in-process', 'http'] as const)('createMcpTest, %s', (transport) => {
  let test: McpTest;
  beforeAll(async () => {
    test = await createMcpTest({ imports: [NotesModule], transport });
  });
  afterAll(() => test.close());

  describe.each(ERAS)('%s', (era) => {
    it('calls a public tool as nobody', async () => {
      const anonymous = test.anonymous({ era });
      expect((await anonymous.callTool('about')).output).toBe('notes');
    });

    it('calls a tool by its method, as somebody who is created for it', async () => {
      const eve = await test.as({ email: `eve-${era}-${transport}@example.com` }, { era });
      const { output } = await eve.callTool(NotesTools, 'me');
      expect(output.email).toBe(`eve-${era}-${transport}@example.com`);
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
