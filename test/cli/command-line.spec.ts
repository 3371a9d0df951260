import { describe, expect, it } from 'vitest';
import manifest from '../../packages/nestjs-clerk-mcp/package.json' with { type: 'json' };
import { runCommand } from './fake-terminal.js';

describe('nestjs-clerk-mcp', () => {
  it.each([[[]], [['--help']], [['-h']], [['help']]])('lists the commands for %j', async (args) => {
    const { code, stdout } = await runCommand(args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: nestjs-clerk-mcp <command>/);
    expect(stdout).toContain('emulator');
  });

  it('tells its version', async () => {
    expect(await runCommand(['--version'])).toEqual({
      code: 0,
      stdout: `${manifest.version}\n`,
      stderr: '',
    });
  });

  it('tells how a command is called', async () => {
    const { code, stdout } = await runCommand(['emulator', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/--port <number>/);
  });

  it.each([
    [['serve'], 'There is no command "serve".'],
    [['emulator', '--prot', '1'], "Unknown option '--prot'"],
    [['emulator', 'now'], "Unexpected argument 'now'"],
    [['emulator', '--port', '65536'], '--port must be a number from 0 to 65535, not "65536".'],
  ])('refuses %j with the usage', async (args, message) => {
    const { code, stdout, stderr } = await runCommand(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toContain('Usage: nestjs-clerk-mcp');
  });
});
