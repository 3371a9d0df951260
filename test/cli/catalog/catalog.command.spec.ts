import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../fake-terminal.js';

const APP = join(import.meta.dirname, 'notes.app.ts');

describe('nestjs-clerk-mcp catalog', () => {
  let folder: string;
  let out: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'catalog-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  beforeEach(() => {
    out = join(folder, crypto.randomUUID(), 'below');
  });

  const catalog = (...args: readonly string[]) =>
    runCommand(['catalog', '--app', APP, '--out', out, ...args]);
  const text = (name: string) => readFile(join(out, name), 'utf8');

  it('writes entries, schemas and rules, also of routes', async () => {
    const { code, stdout, stderr } = await catalog();
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(join(out, 'catalog.json'));
    const { servers } = JSON.parse(await text('catalog.json'));
    expect(servers).toHaveLength(1);
    const [{ path, server, tools, resources, prompts, completions }] = servers;
    expect({ path, server }).toEqual({
      path: '/mcp',
      server: expect.objectContaining({ name: 'my notes', instructions: 'Find first.' }),
    });
    // A new version of the server is no change of its catalog.
    expect(server).not.toHaveProperty('version');
    expect(tools.map(({ name }: { name: string }) => name)).toEqual(['archive', 'find', 'remove']);
    expect(tools).toEqual([
      expect.objectContaining({
        access: { needs: [{ scopes: ['notes:write'] }] },
        inputSchema: expect.objectContaining({ required: ['id'] }),
      }),
      expect.objectContaining({ name: 'find', access: 'public' }),
      expect.objectContaining({
        listed: 'callable',
        outputSchema: expect.objectContaining({ required: ['removed'] }),
      }),
    ]);
    expect(resources).toMatchObject([{ access: { needs: [{ role: 'org:admin' }] } }]);
    expect(prompts).toMatchObject([{ name: 'summary', access: 'public' }]);
    expect(completions).toHaveLength(1);
  });

  it('writes a page that no text of an entry can break', async () => {
    await catalog();
    const page = await text('catalog.md');
    const headings = page.match(/^#+ .+$/gm);
    expect(headings).toEqual([
      '# MCP catalog',
      '## Notes at `/mcp`',
      '### Tools',
      '#### `archive`',
      '#### `find`',
      '#### `remove`',
      '### Resources',
      '#### `` notes://`all` ``',
      '### Prompts',
      '#### `summary`',
      '### Completions',
    ]);
    expect(page).toContain('Find first.');
    expect(page).toContain('\\# Not a heading &lt;script>');
    expect(page).toContain('| `find` | Find \\| notes | public |');
    expect(page).toContain('- Access: any signed-in caller, with the scope notes:write');
    expect(page).toContain('- Hidden from callers who may not use it');
    expect(page).toContain('- Hints: only reads, reaches no other system');
    expect(page).toContain('| `topic` | yes |');
    expect(page).toMatch(/Output:\n\n```json\n\{[^`]+"removed"[^`]+\}\n```/);
  });

  it('is up to date after it was written, whatever the ends of lines', async () => {
    await catalog();
    expect(await catalog('--check')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Up to date/),
    });
    await writeFile(join(out, 'catalog.md'), (await text('catalog.md')).replaceAll('\n', '\r\n'));
    expect(await catalog('--check')).toMatchObject({ code: 0 });
  });

  it('names what has changed, and writes nothing with --check', async () => {
    await catalog();
    const reviewed = JSON.parse(await text('catalog.json'));
    const [{ tools }] = reviewed.servers;
    tools[2].access = 'public';
    tools.push({ ...tools[2], name: 'gone' });
    tools.shift();
    const changed = JSON.stringify(reviewed);
    await writeFile(join(out, 'catalog.json'), changed);
    await writeFile(join(out, 'catalog.md'), '# Another page\n');
    const { code, stdout, stderr } = await catalog('--check');
    const file = join(out, 'catalog.json');
    expect({ code, lines: stdout.trim().split('\n').toSorted() }).toEqual({
      code: 1,
      lines: [
        `${file}: servers./mcp.tools.archive: is new`,
        `${file}: servers./mcp.tools.gone: is gone`,
        expect.stringContaining(`${file}: servers./mcp.tools.remove.access: "public" is now {`),
        `${join(out, 'catalog.md')} is out of date`,
      ],
    });
    expect(stderr).toContain('Review the changes');
    expect(await text('catalog.json')).toBe(changed);
  });

  it.each([
    [undefined, 'is missing'],
    ['{', 'is not valid JSON'],
  ])('fails with --check where a file is %j', async (content, message) => {
    await catalog();
    const file = join(out, 'catalog.json');
    await (content === undefined ? rm(file) : writeFile(file, content));
    const { code, stdout } = await catalog('--check');
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining(message) });
  });

  it('says that it cannot write', async () => {
    await writeFile(join(folder, 'file'), '');
    const { code, stderr } = await runCommand(['catalog', '--app', APP, '--out', `${folder}/file`]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('Cannot write') });
  });

  it('writes one server or all of them', async () => {
    const several = ['--app', `${APP}#SeveralModule`];
    expect(await catalog(...several)).toMatchObject({ code: 0 });
    const { servers } = JSON.parse(await text('catalog.json'));
    expect(servers.map(({ path }: { path: string }) => path)).toEqual(['/mcp', '/other']);
    await catalog(...several, '--server', '/other/');
    expect(JSON.parse(await text('catalog.json')).servers).toHaveLength(1);
    expect(await catalog(...several, '--server', 'third')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no server at third. Use one of: /mcp, /other.'),
    });
  });

  describe('--directory', () => {
    it('passes tools with title, description and hints', async () => {
      const { code, stdout } = await catalog('--directory');
      expect({ code, stdout }).toEqual({
        code: 0,
        stdout: expect.stringContaining('/mcp: 3 tools have a title, a description and hints'),
      });
    });

    it('names each tool that lacks something, with the cure', async () => {
      const { code, stdout } = await catalog('--app', `${APP}#SeveralModule`, '--directory');
      const failures = stdout.split('\n').filter((line) => line.startsWith('failure'));
      expect(code).toBe(1);
      expect(failures.map((line) => line.replace(/a{65}/, 'a…'))).toEqual([
        expect.stringContaining('the tool a… has no description. Write what'),
        expect.stringContaining('the tool a… does not say whether it changes or destroys'),
        expect.stringContaining('the tool a… has a name of 65 characters. Use 64 at most.'),
        expect.stringContaining('the tool contradiction has no title. Write title:'),
        expect.stringContaining('the tool contradiction is read-only and destructive at once'),
      ]);
    });
  });

  it.each([
    [['--url', 'https://a.example'], '--url requires --registry'],
    [['--registry', 'server.json'], '--out cannot be combined with --registry'],
    [['--app', 'none.js'], 'none.js does not exist'],
    [['--app', `${APP}#None`], 'exports no class None'],
    [['surplus'], 'surplus'],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await catalog(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
