import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Environment } from '../../src/app/environment.js';
import { runCommand } from '../cli/fake-terminal.js';
import { COMMANDS, SHOWN } from './commands.js';

const ROOT = resolve(import.meta.dirname, '../..');

describe('the commands of the documentation', () => {
  it('are run by a test or a step of CI, or it is said why not', () => {
    const strangers = SHOWN.filter(({ command }) => !COMMANDS.some(([one]) => one.test(command)));
    expect(strangers).toEqual([]);
    expect(SHOWN.length).toBeGreaterThan(80);
  });

  it.each(COMMANDS)('%s are shown, and what runs them exists', (pattern, by) => {
    expect(SHOWN.filter(({ command }) => pattern.test(command))).not.toEqual([]);
    if ('spec' in by) expect(existsSync(join(ROOT, by.spec)), by.spec).toBe(true);
    if ('step' in by) {
      expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toContain(`step '${by.step}' `);
    }
  });

  it('set variables that the service reads', () => {
    const names = SHOWN.flatMap(({ command }) => /^([A-Z_]+)=/.exec(command)?.[1] ?? []);
    const known = [...Object.keys(Environment.shape), 'TOKEN', 'BENCH_NODE'];
    expect(names.filter((name) => !known.includes(name) && !name.startsWith('OTEL_'))).toEqual([]);
    expect(names).not.toEqual([]);
  });
});

/** The command of this package, with the options that the page shows. */
const OWN = SHOWN.flatMap(({ page, command }) => {
  const [, name, rest = ''] = /(?:npx|client) nestjs-clerk-mcp ([a-z]+)(.*)$/.exec(command) ?? [];
  return name === undefined ? [] : [{ page, name, options: rest.match(/(?<=\s)--[a-z-]+/g) ?? [] }];
});

it.each(OWN)('$page: nestjs-clerk-mcp $name has $options', async ({ name, options }) => {
  const { code, stdout } = await runCommand([name, '--help']);
  expect(code).toBe(0);
  for (const option of options) expect(stdout).toMatch(new RegExp(`${option}\\b`));
});
