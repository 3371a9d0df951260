import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';

const SERVER = { name: 'notes', url: 'https://mcp.example.com/mcp' };

let page: string;
beforeAll(async () => {
  page = await readFile(new URL('../../docs/connect.md', import.meta.url), 'utf8');
});

/** The first link of the page with this beginning. */
function link(beginning: string): URL {
  const [found] = page.match(new RegExp(`${beginning}[^\`\\s|]+`)) ?? [];
  return new URL(found ?? 'none:');
}

describe('the install links of docs/connect.md add the server of its recipes', () => {
  it('Cursor', () => {
    const { searchParams } = link('cursor://anysphere.cursor-deeplink/mcp/install\\?');
    expect(searchParams.get('name')).toBe(SERVER.name);
    expect(JSON.parse(atob(searchParams.get('config') ?? ''))).toEqual({ url: SERVER.url });
  });

  it('VS Code', () => {
    const { search } = link('vscode:mcp/install\\?');
    expect(JSON.parse(decodeURIComponent(search.slice(1)))).toEqual({ ...SERVER, type: 'http' });
  });

  it('Claude', () => {
    const { searchParams } = link(
      'https://claude.ai/customize/connectors\\?[^`\\s)]*connectorName',
    );
    expect(searchParams.get('connectorName')).toBe(SERVER.name);
    expect(searchParams.get('connectorUrl')).toBe(SERVER.url);
  });
});

describe('the JSON of docs/connect.md', () => {
  it('is valid, and names the server of the page', () => {
    const blocks = [...page.matchAll(/^```json\n(.*?)^```$/gms)].map(([, json = '']) => json);
    expect(blocks.length).toBeGreaterThan(4);
    for (const json of blocks) expect(JSON.stringify(JSON.parse(json))).toContain(SERVER.url);
  });
});

it('every client of the page says which sign-in mode it needs', () => {
  const [, recipes = ''] = /## Claude\n(.*?)\n## Install links/s.exec(page) ?? [];
  const sections = recipes.split(/^## /m);
  expect(sections.length).toBeGreaterThan(10);
  for (const section of sections) expect(section).toContain('Sign-in mode: ');
});
