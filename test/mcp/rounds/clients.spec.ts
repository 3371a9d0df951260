import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CLIENT_MODES } from '../clients.js';
import { startMcpApp, type McpApp } from '../fixtures.js';
import { clientOf } from './asking-client.js';
import { AskingTools } from './asking-tools.js';

let mcp: McpApp;
beforeAll(async () => {
  mcp = await startMcpApp([AskingTools]);
});
afterAll(() => mcp.app.close());

const call = async (client: any, name: string): Promise<string> => {
  const result = await client.callTool({ name, arguments: {} });
  return result.content[0].text;
};

const accept = (content: object) => ({ action: 'accept', content });

describe.each(CLIENT_MODES)('with the %s client, a tool', (mode) => {
  it('gets what the user fills in, declines or cancels', async () => {
    for (const [answer, outcome] of [
      [accept({ sure: true }), 'done'],
      [accept({ sure: false }), 'left'],
      [{ action: 'decline' }, 'decline'],
      [{ action: 'cancel' }, 'cancel'],
    ] as const) {
      const client = await clientOf(mcp.url, mode, { elicit: () => answer });
      expect(await call(client, 'confirm')).toBe(outcome);
    }
  });

  it('asks one thing after the other, and both at once', async () => {
    const asked: string[] = [];
    const elicit = ({ message }: { message: string }) => {
      asked.push(message);
      if (message === 'Sure?') return accept({ sure: true });
      return accept(message === 'Name?' ? { name: 'Ada' } : { town: 'Rome' });
    };
    const client = await clientOf(mcp.url, mode, { elicit });
    expect(await call(client, 'steps')).toBe('Ada of Rome');
    expect(asked).toEqual(['Name?', 'Town?']);
    expect(await call(client, 'keeps')).toBe('kept start');
  });

  it('asks the model, the roots and for a visit to a page', async () => {
    let visited = '';
    const elicit = ({ url }: { url: string }) => {
      visited = url;
      return { action: 'accept' };
    };
    const client = await clientOf(mcp.url, mode, { elicit });
    expect(await call(client, 'model')).toBe('said hi');
    expect(await call(client, 'roots')).toBe('file:///a');
    expect(await call(client, 'page')).toBe('accept');
    expect(visited).toBe('https://pay.test/1');
  });

  it('works the same as a prompt and as a resource', async () => {
    const client = await clientOf(mcp.url, mode, { elicit: () => accept({ name: 'Ada' }) });
    const prompt = await client.getPrompt({ name: 'asks' });
    expect(prompt.messages[0].content.text).toBe('Hello Ada');
    const resource = await client.readResource({ uri: 'notes://asks' });
    expect(resource.contents[0].text).toBe('Of Ada');
  });

  it('tells a client that cannot be asked', async () => {
    const client = await clientOf(mcp.url, mode, undefined);
    const outcome = await client.callTool({ name: 'confirm', arguments: {} }).then(
      (result: any) => result,
      (error: any) => error,
    );
    if (mode === 'v1' || mode === 'v2 legacy') expect(outcome).toMatchObject({ isError: true });
    else expect(outcome).toMatchObject({ code: -32021 });
  });
});
