import { describe, expect, it } from 'vitest';
import { Injectable } from '@nestjs/common';
import { Public } from '../../../src/access/access.decorators.js';
import { McpCatalog } from '../../../src/mcp/catalog/mcp-catalog.js';
import { McpPrompt } from '../../../src/mcp/authoring/mcp-prompt.decorator.js';
import {
  McpResourceTemplate,
  McpResource,
} from '../../../src/mcp/authoring/mcp-resource.decorator.js';
import { McpTool } from '../../../src/mcp/authoring/mcp-tool.decorator.js';
import { ask, ERAS } from '../answer.js';
import { mcpApp } from '../fixtures.js';

const METHODS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** Seven entries of each kind; every second one is public. */
@Injectable()
class Many {}
for (const [index, name] of METHODS.entries()) {
  for (const [kind, decorate] of Object.entries({
    Tool: McpTool({ name, description: '' }),
    Prompt: McpPrompt({ name }),
    Resource: McpResource({ uri: `x://${name}` }),
    Template: McpResourceTemplate({ uriTemplate: `x://${name}/{id}` }),
  }) as [string, any][]) {
    const key = `${name}${kind}`;
    const descriptor = { value: () => '', configurable: true, writable: true };
    Object.defineProperty(Many.prototype, key, descriptor);
    decorate(Many.prototype, key, descriptor);
    if (index % 2 === 0) Public()(Many.prototype, key, descriptor);
  }
}

const LISTS = [
  ['tools/list', 'tools', 'name'],
  ['prompts/list', 'prompts', 'name'],
  ['resources/list', 'resources', 'uri'],
  ['resources/templates/list', 'resourceTemplates', 'uriTemplate'],
] as const;

describe.each(ERAS)('pages for a client of the %s era', (era) => {
  async function pagesOf(
    url: string,
    [method = '', list = '', key = '']: readonly string[],
    as: string,
  ) {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const { result } = await ask(url, method, cursor === undefined ? {} : { cursor }, {
        as,
        era,
      });
      pages.push(result[list].map((entry: any) => entry[key].replace(/\W+(id\W)?/g, '').at(-1)));
      cursor = result.nextCursor;
    } while (cursor !== undefined);
    return pages;
  }

  it.each(LISTS)('%s shows everything to those who may see it, once', async (...list) => {
    const { url } = await mcpApp([Many], { pageSize: 3, signIn: 'call' });
    expect(await pagesOf(url, list, 'alice')).toEqual([['a', 'b', 'c'], ['d', 'e', 'f'], ['g']]);
    expect(await pagesOf(url, list, '')).toEqual([['a', 'c', 'e'], ['g']]);
  });

  it('have no page after the last one, also where it is full', async () => {
    const { url } = await mcpApp([Many], { pageSize: 7 });
    expect(await pagesOf(url, LISTS[0], 'alice')).toEqual([METHODS]);
  });

  it('go on where they were while entries vanish, the last one seen among them', async () => {
    const { app, url } = await mcpApp([Many], { pageSize: 3 });
    const first = await ask(url, 'tools/list', {}, { era });
    for (const name of ['a', 'c', 'd']) app.get(McpCatalog).tools.remove(name);
    const { nextCursor: cursor } = first.result;
    const { result } = await ask(url, 'tools/list', { cursor }, { era });
    expect(result.tools.map(({ name }: any) => name)).toEqual(['e', 'f', 'g']);
  });

  it('take a cursor of another caller, and show what this one may see', async () => {
    const { url } = await mcpApp([Many], { pageSize: 2, signIn: 'call' });
    const { result: alices } = await ask(url, 'tools/list', {}, { era });
    const { result } = await ask(url, 'tools/list', { cursor: alices.nextCursor }, { as: '', era });
    expect(result.tools.map(({ name }: any) => name)).toEqual(['c', 'e']);
  });

  it('refuse a cursor that this list never gave', async () => {
    const { url } = await mcpApp([Many], { pageSize: 3 });
    const { result } = await ask(url, 'tools/list', {}, { era });
    const cursor: string = result.nextCursor;
    for (const [method] of LISTS) {
      const forged = ['x', '%', cursor.slice(1), `${cursor}A`, Buffer.from('c').toString('base64')];
      if (method !== 'tools/list') forged.push(cursor);
      for (const strange of forged) {
        const { error } = await ask(url, method, { cursor: strange }, { era });
        expect(error?.code, `${method} ${strange}`).toBe(-32602);
      }
    }
  });
});
