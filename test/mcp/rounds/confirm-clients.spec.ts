import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Confirm, McpResource, McpTool } from '../../../src/index.js';
import { CLIENT_MODES, type ClientMode } from '../clients.js';
import { boot, startMcpApp, type McpApp } from '../fixtures.js';
import { clientOf } from './asking-client.js';
import { Deleting, accepted, asked, ran } from './confirming-tools.js';

let app: McpApp;
beforeAll(async () => {
  app = await startMcpApp([Deleting]);
});
afterAll(() => app.app.close());
beforeEach(() => {
  ran.length = 0;
  asked.length = 0;
});

const text = (result: any) => result.content?.[0]?.text;

describe.each(CLIENT_MODES)('with the %s client, a tool with @Confirm()', (mode: ClientMode) => {
  const call = async (client: any, name: string, args: object) =>
    client.callTool({ name, arguments: args }).catch((error: unknown) => error);

  it('runs once it is confirmed, and not if it is declined', async () => {
    const yes = await clientOf(app.url, mode, { elicit: () => accepted });
    expect(text(await call(yes, 'remove', { id: 'n1' }))).toBe('deleted n1');
    const no = await clientOf(app.url, mode, { elicit: () => ({ action: 'decline' }) });
    expect(await call(no, 'remove', { id: 'n2' })).toMatchObject({ isError: true });
    const both = await clientOf(app.url, mode, {
      elicit: ({ message }) => {
        if (message === 'Name?') return { action: 'accept', content: { name: 'Ada' } };
        if (message === 'Town?') return { action: 'accept', content: { town: 'Rome' } };
        asked.push(message);
        return accepted;
      },
    });
    asked.length = 0;
    expect(text(await call(both, 'asks', { id: 'x' }))).toBe('Ada of Rome');
    expect(asked).toEqual(['Go on?']);
    const mute = await clientOf(app.url, mode, undefined);
    const refused = await call(mute, 'remove', { id: 'n3' });
    expect(JSON.stringify(refused.message ?? refused)).toContain('confirm each call');
    expect(ran).toEqual(['n1', 'asks']);
  });
});

describe('@Confirm()', () => {
  it('stops the boot on a method that is no tool', async () => {
    class Resource {
      @Confirm('Read?')
      @McpResource({ uri: 'notes://all' })
      all() {
        return 'all';
      }
    }
    class Forgotten {
      @McpTool({ description: 'A tool' })
      tool() {
        return 1;
      }

      @Confirm('Run?')
      forgotten() {
        return 1;
      }
    }
    await expect(boot([Resource])).rejects.toThrow('Resource.all cannot be served: @Confirm() is');
    await expect(boot([Forgotten])).rejects.toThrow('Forgotten.forgotten cannot be served');
  });

  it.each(['', '  ', undefined, 7])('refuses the question %j', (question: any) => {
    expect(() => {
      class Tools {
        @Confirm(question)
        tool() {
          return 1;
        }
      }
      return Tools;
    }).toThrow('Tools.tool cannot be served: @Confirm() has no question');
  });

  it('must fit the input of its method', () => {
    class Tools {
      // @ts-expect-error the method gets an id that is a number
      @Confirm(({ id }: { id: string }) => id)
      @McpTool({ description: 'A tool', input: z.object({ id: z.number() }) })
      tool({ id }: { id: number }) {
        return id;
      }
    }
    expect(Tools.name).toBe('Tools');
  });
});
