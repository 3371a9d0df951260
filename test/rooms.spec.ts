import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ARROWS, breachesIn, roomOf } from './support/rooms.js';

const SRC = new URL('../src/', import.meta.url);

function sources(): Map<string, string> {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' });
  return new Map(
    files
      .filter((file) => file.endsWith('.ts'))
      .map((file) => [file, readFileSync(new URL(file, SRC), 'utf8')]),
  );
}

describe('The rooms of src', () => {
  it('import only what the arrows allow, in no circle', () => {
    expect(breachesIn(sources())).toEqual([]);
  });

  it('are all known', () => {
    const rooms = new Set([...sources().keys()].map(roomOf));
    expect([...rooms].filter((room) => !(room in ARROWS))).toEqual([]);
  });

  it.each([
    [
      'mcp/catalog/a.ts',
      "import { b } from '../http/b.js';",
      'mcp/catalog/a.ts imports mcp/http/b.ts',
    ],
    ['access/a.ts', "import type { B } from '../mcp/b.js';", 'access/a.ts imports mcp/b.ts'],
    ['access/a.ts', "export * from '../clerk/b.js';", 'access/a.ts imports clerk/b.ts'],
    [
      'mcp/http/a.ts',
      "import { b } from '@clerk/backend';",
      'mcp/http/a.ts imports @clerk/backend',
    ],
    [
      'mcp/http/a.ts',
      "import { B } from '@nestjs/core/injector/module.js';",
      'mcp/http/a.ts imports @nestjs/core/injector/module.js',
    ],
    [
      'clerk/http/a.ts',
      "import type {} from '../../mcp/mcp.errors.js';",
      'clerk/http/a.ts imports mcp/mcp.errors.ts',
    ],
  ])('a forbidden import is found: %s %s', (file, text, breach) => {
    expect(breachesIn(new Map([[file, text]]))).toEqual([breach]);
  });

  it('a circle of type imports is found', () => {
    const circle = new Map([
      ['access/a.ts', "import type { B } from './b.js';"],
      ['access/b.ts', "import { c } from './c.js';"],
      ['access/c.ts', "import type { A } from './a.js';"],
    ]);
    expect(breachesIn(circle)).toEqual([
      'circle: access/a.ts -> access/b.ts -> access/c.ts -> access/a.ts',
    ]);
  });
});
