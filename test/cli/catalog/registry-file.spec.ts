import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { repositoryOf } from '../../../src/cli/catalog/registry-file.js';
import { runCommand } from '../fake-terminal.js';

const APP = join(import.meta.dirname, 'notes.app.ts');
/**
 * What the registry demands of a server with remotes, and no member that it does not know.
 *
 * @see https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json
 */
const Registered = z.strictObject({
  $schema: z.literal(
    'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
  ),
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100).optional(),
  description: z.string().min(1).max(100),
  version: z
    .string()
    .min(1)
    .max(255)
    .regex(/^(?!latest$)[^~*<>=| ^]+$/),
  websiteUrl: z.url().optional(),
  icons: z
    .array(
      z.strictObject({
        src: z.url({ protocol: /^https$/ }).max(255),
        mimeType: z
          .enum(['image/png', 'image/jpeg', 'image/jpg', 'image/svg+xml', 'image/webp'])
          .optional(),
        sizes: z.array(z.string().regex(/^(\d+x\d+|any)$/)).optional(),
        theme: z.enum(['light', 'dark']).optional(),
      }),
    )
    .optional(),
  repository: z.strictObject({ url: z.url(), source: z.string() }).optional(),
  remotes: z.array(
    z.strictObject({
      type: z.literal('streamable-http'),
      url: z.string().regex(/^https?:\/\/\S+$/),
    }),
  ),
});

const URL_OPTIONS = ['--url', 'https://mcp.example.com/mcp', '--description', 'Keeps notes'];

describe('nestjs-clerk-mcp catalog --registry', () => {
  let file: string;
  beforeAll(async () => {
    file = join(await mkdtemp(join(tmpdir(), 'registry-')), 'server.json');
  });
  afterAll(() => rm(join(file, '..'), { recursive: true }));

  const registry = (...args: readonly string[]) =>
    runCommand(['catalog', '--app', APP, '--registry', file, ...args]);

  it('writes the document of the registry', async () => {
    expect(await registry(...URL_OPTIONS)).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
      $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json',
      name: 'com.example.mcp/my-notes',
      title: 'Notes',
      description: 'Keeps notes',
      version: '1.2.0',
      websiteUrl: 'https://notes.example.com',
      // The registry takes no data: URLs.
      icons: [{ src: 'https://notes.example.com/i.png' }],
      remotes: [{ type: 'streamable-http', url: 'https://mcp.example.com/mcp' }],
    });
    expect(await registry(...URL_OPTIONS, '--check')).toMatchObject({ code: 0 });
    const { code, stdout } = await registry(
      ...URL_OPTIONS,
      '--name',
      'io.github.acme/n',
      '--check',
    );
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: `${file}: name: "com.example.mcp/my-notes" is now "io.github.acme/n"\n`,
    });
  });

  it('keeps to the bounds of the schema of 2025-12-11', async () => {
    await registry(...URL_OPTIONS);
    const { success, error } = Registered.safeParse(JSON.parse(await readFile(file, 'utf8')));
    expect({ success, issues: error?.issues }).toEqual({ success: true, issues: undefined });
  });

  it('takes the URL from BASE_URL', async () => {
    const args = ['catalog', '--app', APP, '--registry', file, '--description', 'Keeps notes'];
    const environment = { BASE_URL: 'https://notes.example.com/' };
    expect(await runCommand(args, { environment })).toMatchObject({ code: 0 });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      name: 'com.example.notes/my-notes',
      remotes: [{ url: 'https://notes.example.com/mcp' }],
    });
  });

  it.each([
    [{ url: 'git+https://github.com/acme/notes.git' }, 'https://github.com/acme/notes', 'github'],
    ['https://gitlab.com/acme/notes', 'https://gitlab.com/acme/notes', 'gitlab'],
  ])('names the repository %j', (given, url, source) => {
    expect(repositoryOf(given)).toEqual({ url, source });
  });

  it.each([undefined, 'acme/notes', 'https://git.example.com/notes', { url: 7 }, null])(
    'names no repository for %j',
    (given) => {
      expect(repositoryOf(given)).toBeUndefined();
    },
  );

  it.each([
    [['--description', 'Keeps notes'], 'Pass --url'],
    [['--url', 'http://mcp.example.com/mcp'], 'is not https'],
    [['--url', 'mcp.example.com'], 'is not an http or https URL'],
    [[...URL_OPTIONS, '--name', 'notes'], 'The name is "notes". Write a domain'],
    [['--url', 'https://a.example', '--description', ' '], 'The description is missing'],
    [['--url', 'https://a.example', '--description', 'x'.repeat(101)], 'has 101 characters'],
    [[...URL_OPTIONS, '--app', `${APP}#SeveralModule`], 'Pass --server: /mcp, /other'],
    [
      [...URL_OPTIONS, '--app', `${APP}#SeveralModule`, '--server', 'other'],
      'The version is "1.x". Write one version',
    ],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await registry(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });
});
