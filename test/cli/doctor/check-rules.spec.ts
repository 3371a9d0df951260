import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Check } from '../../../src/cli/doctor/report.js';
import { startClerkEmulator, type ClerkEmulator } from '../../../src/emulator/index.js';
import { type BuiltService, buildService } from '../../e2e/built-service.js';
import { runCommand } from '../fake-terminal.js';

/** An application with a tool and a route that need a scope each. */
const APPLICATION = `
import { Controller, Get, Module } from '@nestjs/common';
import { ClerkAuthGuard, ClerkAuthModule, McpModule, McpTool, RequireScopes } from './index.js';

class Notes { write() { return 1; } }
class ExportController { all() { return []; } }
const decorate = (type, method, ...decorators) => {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, method);
  for (const decorator of decorators) decorator(type.prototype, method, descriptor);
};
decorate(Notes, 'write', McpTool({ description: 'Writes' }), RequireScopes('notes:write'));
decorate(ExportController, 'all', Get(), RequireScopes('notes:export'));
Controller('export')(ExportController);
const { CLERK_SECRET_KEY, CLERK_API_URL, SCOPES } = process.env;
export class NotesModule {}
Module({
  imports: [
    ClerkAuthModule.forRoot({
      secretKey: CLERK_SECRET_KEY, clerkDomain: CLERK_API_URL, apiURL: CLERK_API_URL,
      baseURL: 'https://notes.example.com', scopes: SCOPES,
    }),
    McpModule.forRoot({ name: 'notes', version: '1.0.0', guards: [ClerkAuthGuard] }),
  ],
  providers: [Notes],
  controllers: [ExportController],
})(NotesModule);
`;

describe('nestjs-clerk-mcp doctor --app', () => {
  let built: BuiltService;
  let clerk: ClerkEmulator;
  let application: string;
  beforeAll(async () => {
    [built, clerk] = await Promise.all([buildService(), startClerkEmulator()]);
    application = join(built.main, '../notes.module.js');
    await writeFile(application, APPLICATION);
  });
  afterAll(() => Promise.all([built.remove(), clerk.close()]));

  it('warns of rules whose scopes are not published, with the cure', async () => {
    const found = await rules();
    expect(found.map(({ status }) => status)).toEqual(['warning', 'warning']);
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Entries at \/mcp need scopes .*: notes:write\. .* by: write$/),
      expect.stringMatching(
        /^Routes of .* mcp need scopes .*: notes:export\. .* by: Export.*\.all$/,
      ),
    ]);
    for (const { cure } of found) expect(cure).toMatch(/^Set CLERK_SCOPES=catalog /);
  });

  it('finds nothing once they are derived', async () => {
    expect(await rules({ SCOPES: 'catalog' })).toMatchObject([{ status: 'ok' }]);
  });

  it('finds that the application has another copy of the package', async () => {
    const other = join(built.cwd, 'other.module.mjs');
    await writeFile(other, 'export class AppModule {}');
    const { code, stderr } = await runCommand(['doctor', '--clerk-only', '--app', other], {
      environment: instance(),
    });
    expect(code).toBe(2);
    expect(stderr).toContain('Run the nestjs-clerk-mcp that is installed in its node_modules.');
  });

  const instance = () => ({
    CLERK_SECRET_KEY: clerk.secretKey,
    CLERK_PUBLISHABLE_KEY: clerk.publishableKey,
    CLERK_FRONTEND_API: clerk.url,
    CLERK_API_URL: clerk.url,
  });

  /** The program, in a folder with nothing but the service. */
  async function rules(variables: Readonly<Record<string, string>> = {}) {
    const program = join(built.main, '../cli/main.js');
    const args = ['doctor', '--json', '--clerk-only', '--app', `${application}#NotesModule`];
    const child = spawn(process.execPath, [program, ...args], {
      cwd: built.cwd,
      env: { PATH: process.env['PATH'], ...instance(), ...variables },
    });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    expect(stderr).toBe('');
    const { checks } = JSON.parse(stdout) as { checks: readonly Check[] };
    return checks.filter(({ name }) => name === 'rule-scopes');
  }
});
