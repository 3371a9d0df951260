import { expect as expectOfJest } from 'expect';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createMcpTest, type McpTest } from '../../src/testing/index.js';
import { NotesModule } from './notes.app.js';

let test: McpTest;
beforeAll(async () => {
  test = await createMcpTest({ imports: [NotesModule] });
});
afterAll(() => test.close());

describe('the entry for jest', () => {
  it('adds the matchers to the expect that Jest hands out', async () => {
    vi.stubGlobal('expect', expectOfJest);
    await import('../../src/testing/jest.js');
    vi.unstubAllGlobals();
    await expectOfJest(test.anonymous().callTool('me')).toBeUnauthenticated();
    await expectOfJest(test.anonymous().callTool('about')).not.toBeUnauthenticated();
    await expectOfJest(test.anonymous().callTool('about')).toHaveToolOutput(
      expectOfJest.stringContaining('note'),
    );
    const failed = expectOfJest(test.anonymous().callTool('about')).toBeForbidden();
    await expect(failed).rejects.toThrow('Expected it to be forbidden. The tool answered: notes');
  });

  it('says where it belongs when there is no such expect', async () => {
    vi.stubGlobal('expect', undefined);
    const again = '../../src/testing/jest.js?again';
    await expect(import(/* @vite-ignore */ again)).rejects.toThrow(/setupFilesAfterEnv/);
    vi.unstubAllGlobals();
  });
});
