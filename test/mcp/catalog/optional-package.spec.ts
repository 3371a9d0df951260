import { describe, expect, it } from 'vitest';
import { dtoPackages } from '../../../src/mcp/catalog/dto-packages.js';
import { loadPackage } from '../../../src/mcp/catalog/optional-package.js';
import { MissingPackageError } from '../../../src/mcp/mcp.errors.js';

describe('loadPackage', () => {
  it('gives what the package exports', () => {
    expect(loadPackage<typeof import('zod')>('zod', 'A test').z.string).toBeTypeOf('function');
  });

  it.each([
    ['not-installed', 'not-installed'],
    ['not-installed/deep/file.js', 'not-installed'],
    ['@not/installed', '@not/installed'],
    ['@not/installed/deep', '@not/installed'],
  ])('says what to install for %s', (name, installed) => {
    expect(() => loadPackage(name, 'Notes.add')).toThrow(MissingPackageError);
    expect(() => loadPackage(name, 'Notes.add')).toThrow(
      `Notes.add needs the package ${installed}. Install it: npm install ${installed}`,
    );
  });
});

describe('dtoPackages', () => {
  it.each(['class-validator', 'class-transformer', 'class-validator-jsonschema'])(
    'says that %s is missing, and for which class',
    (missing) => {
      const load = (name: string): object => {
        if (name.startsWith(missing) && !name.startsWith(`${missing}-`)) throw new Error('missing');
        return {};
      };
      expect(() => dtoPackages('CreateNote, the input of Notes.add,', load)).toThrow(
        `CreateNote, the input of Notes.add, needs the package ${missing}. Install it: npm install ${missing}`,
      );
    },
  );
});
