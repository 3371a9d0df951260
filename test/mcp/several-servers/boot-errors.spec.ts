import { Module, type ModuleMetadata } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { McpModule } from '../../../src/mcp/mcp.module.js';
import type { McpModuleExtras } from '../../../src/mcp/mcp-options.js';

@Module({})
class ForgottenModule {}

let app: NestFastifyApplication | undefined;
afterEach(() => app?.close().catch(() => undefined));

async function boot(imports: ModuleMetadata['imports'] = []): Promise<void> {
  const module = await Test.createTestingModule({ imports }).compile();
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), {
    logger: false,
  });
  await app.init();
}

const server = (name: string, extras: McpModuleExtras = {}) =>
  McpModule.forRoot({ name, version: '1.0.0', ...extras });

describe('an application with several servers', () => {
  it('does not start with two servers at one path, and names both', async () => {
    await expect(boot([server('notes'), server('admin', { path: '/mcp/' })])).rejects.toThrow(
      `Two MCP servers are at /mcp: "notes" and "admin". Give one of them another path: McpModule.forRoot({ name: 'admin', path: 'admin', … }).`,
    );
  });

  it('does not start with one server twice', async () => {
    await expect(boot([server('notes'), server('notes')])).rejects.toThrow(
      'The MCP server "notes" is at /mcp twice.',
    );
  });

  it('knows the names of options that come later', async () => {
    const later = McpModule.forRootAsync({
      useFactory: async () => ({ name: 'later', version: '1.0.0' }),
    });
    await expect(boot([server('notes'), later])).rejects.toMatchObject({
      code: 'DUPLICATE_ENDPOINT',
      message: expect.stringContaining('"notes" and "later"'),
    });
  });

  it('does not start with an included module that is not imported', async () => {
    await expect(boot([server('notes', { include: [ForgottenModule] })])).rejects.toMatchObject({
      code: 'INCLUDED_MODULE',
      message: expect.stringContaining(
        'The MCP server at /mcp includes ForgottenModule, which the application does not import. Import ForgottenModule, or take it out of include.',
      ),
    });
  });

  it('starts with one dynamic module that is imported in two places', async () => {
    const notes = server('notes');
    @Module({ imports: [notes] })
    class NotesModule {}
    await expect(boot([notes, NotesModule])).resolves.toBeUndefined();
  });
});
