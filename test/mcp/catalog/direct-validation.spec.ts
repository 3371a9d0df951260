import { Transform, Type } from 'class-transformer';
import {
  IsOptional,
  IsString,
  MaxLength,
  registerDecorator,
  Validate,
  ValidateNested,
  ValidatorConstraint,
  type ValidatorConstraintInterface,
} from 'class-validator';
import { describe, expect, it, vi } from 'vitest';
import type { Type as Class, ValidationPipeOptions } from '@nestjs/common';
import { dtoPackages } from '../../../src/mcp/catalog/dto-packages.js';
import { DtoValidator } from '../../../src/mcp/catalog/dto-validator.js';
import { Category, CreatePerson, Odd, Person } from '../schemas/dto-classes.js';

const PACKAGES = dtoPackages('A test');
const DEFAULTS: ValidationPipeOptions = { transform: true, whitelist: true };

/** Without the class of class-validator, values are validated by Nest's pipe itself. */
const byPipe = (type: Class<object>, options: ValidationPipeOptions): DtoValidator =>
  new DtoValidator({ ...PACKAGES, RuleExecutor: undefined }, type, options);
const direct = (type: Class<object>, options: ValidationPipeOptions = DEFAULTS): DtoValidator =>
  new DtoValidator(PACKAGES, type, options);

@ValidatorConstraint({ name: 'isKnown' })
class IsKnown implements ValidatorConstraintInterface {
  // Not declared as asynchronous, which class-validator does not require.
  async validate(value: unknown): Promise<boolean> {
    return value === 'known';
  }
}

class Asynchronous {
  @Validate(IsKnown)
  name!: string;
}

class WithAsynchronous {
  @ValidateNested({ each: true })
  @Type(() => Asynchronous)
  parts!: Asynchronous[];
}

function Declared(): PropertyDecorator {
  return (target, propertyName) =>
    registerDecorator({
      name: 'declared',
      target: target.constructor,
      propertyName: String(propertyName),
      async: true,
      validator: { validate: async (value: unknown) => value === 'known' },
    });
}

class DeclaredAsynchronous {
  @Declared()
  name!: string;
}

class WithBytes {
  @IsOptional()
  @ValidateNested()
  @Type(() => Asynchronous)
  @Transform(({ value }) => (value === undefined ? value : Buffer.from('x')))
  part?: unknown;
}

class Other {
  @IsOptional()
  @IsString()
  @MaxLength(3)
  name?: string;

  constructor() {
    // Its instances are those of another class.
    return Object.create(Person.prototype) as Other;
  }
}

const HOME = { city: 'London', zip: '12345' };
const PERSON = { name: 'Ada', email: 'ada@example.com', age: 36, home: HOME };

const VALUES: readonly (readonly [string, Class<object>, () => object])[] = [
  ['a valid value', CreatePerson, () => ({ ...PERSON })],
  [
    'a date and other members',
    CreatePerson,
    () => ({ ...PERSON, born: '2000-01-01', x: { y: 1 } }),
  ],
  ['every member of a wrong type', CreatePerson, () => ({ name: 1, email: [], age: '1', home: 3 })],
  ['no members', CreatePerson, () => ({})],
  ['null', CreatePerson, () => ({ ...PERSON, home: null, tags: null })],
  ['items', CreatePerson, () => ({ ...PERSON, tags: ['a', 1], others: [HOME, { city: 1 }, null] })],
  ['a list in a list', CreatePerson, () => ({ ...PERSON, others: [[HOME, { city: 1 }]] })],
  ['a list with a gap', CreatePerson, () => ({ ...PERSON, tags: gapped('a', 1) })],
  ['a prototype key', CreatePerson, () => JSON.parse('{"__proto__":{"age":1},"name":"Ada"}')],
  ['one in a part', CreatePerson, () => ({ ...PERSON, home: { ...HOME, constructor: 1 } })],
  ['one of a list', CreatePerson, () => ({ ...PERSON, others: [{ ...HOME, prototype: 1 }] })],
  ['a rule with a condition', Odd, () => ({ prime: 4, code: 'abc' })],
  [
    'a recursive class',
    Category,
    () => ({ title: 'a', children: [{ title: 'b', children: [{}] }] }),
  ],
  ['very many parts', Category, () => ({ title: 'a', children: listOf(1_001, { title: 'b' }) })],
  [
    'an instance',
    Person,
    () => Object.assign(new Person(), { name: 'Ada', age: 36, password: 'p' }),
  ],
  ['an instance as a part', CreatePerson, () => ({ ...PERSON, born: new Date(0) })],
  ['a rule that returns a promise', Asynchronous, () => ({ name: 'unknown' })],
  ['one that accepts', Asynchronous, () => ({ name: 'known' })],
  [
    'one of a nested class',
    WithAsynchronous,
    () => ({ parts: [{ name: 'known' }, { name: 'x' }] }),
  ],
  ['one that is declared', DeclaredAsynchronous, () => ({ name: 'unknown' })],
  ['bytes as a part', WithBytes, () => ({ part: {} })],
  ['instances of another class', Other, () => ({ name: 'long', more: 1 })],
  ['valid instances of another class', Other, () => ({ name: 'abc' })],
];

function listOf(length: number, item: object): object[] {
  return Array.from({ length }, () => ({ ...item }));
}

function gapped(...items: unknown[]): unknown[] {
  const list: unknown[] = [];
  for (const [at, item] of items.entries()) list[2 * at] = item;
  return list;
}

const OPTIONS: readonly (readonly [string, ValidationPipeOptions])[] = [
  ['the defaults', DEFAULTS],
  ['nothing', { transform: true }],
  ['forbidNonWhitelisted', { ...DEFAULTS, forbidNonWhitelisted: true }],
  ['stopAtFirstError', { ...DEFAULTS, stopAtFirstError: true }],
  ['skipMissingProperties', { ...DEFAULTS, skipMissingProperties: true }],
  ['forbidUnknownValues', { ...DEFAULTS, forbidUnknownValues: true }],
  ['groups', { ...DEFAULTS, groups: ['one'] }],
  ['implicit conversion', { ...DEFAULTS, transformOptions: { enableImplicitConversion: true } }],
  ['no messages', { ...DEFAULTS, disableErrorMessages: true }],
  ['no transformation', { ...DEFAULTS, transform: false }],
  ['another class', { ...DEFAULTS, expectedType: Person }],
];

describe.each(OPTIONS)('A class that is validated by %s', (_what, options) => {
  it.each(VALUES)('gives what the pipe of Nest gives: %s', async (_value, type, make) => {
    for (const side of ['input', 'output'] as const) {
      const [given, expected] = [make(), make()];
      const pipe = byPipe(type, options);
      const result = await outcome(() => direct(type, options).validate(side, given));
      expect(result).toEqual(await outcome(() => pipe.validate(side, expected)));
      expect(classOf(result)).toBe(classOf(await outcome(() => pipe.validate(side, make()))));
      // Both remove and close the same things in what they are given.
      expect(given).toEqual(expected);
    }
  });
});

/** In some versions, the pipe fails on bytes. */
async function outcome(validate: () => unknown): Promise<object> {
  try {
    return Object(await validate());
  } catch (error) {
    return { failed: String(error) };
  }
}

function classOf(result: object): unknown {
  const value: unknown = Reflect.get(result, 'value');
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value);
}

describe('Direct validation', () => {
  it('creates no promise for JSON, unless a rule does', () => {
    expect(direct(CreatePerson).validate('input', { ...PERSON })).not.toBeInstanceOf(Promise);
    expect(direct(CreatePerson).validate('input', {})).not.toBeInstanceOf(Promise);
    expect(direct(Asynchronous).validate('input', { name: 'known' })).toBeInstanceOf(Promise);
  });

  it.each([
    ['a list with a gap', { tags: gapped('a', 'b') }],
    ['a prototype key', JSON.parse('{"home":{"__proto__":{}}}')],
    ['an instance', { born: new Date(0) }],
    ['very many parts', { others: listOf(1_001, {}) }],
    ['a cycle', cyclic()],
  ])('leaves %s to the pipe', async (_what, value: object) => {
    const result = direct(CreatePerson, { transform: true }).validate('input', value);
    expect(result).toBeInstanceOf(Promise);
    // A cycle ends in the call stack of class-transformer.
    await Promise.allSettled([result]);
  });

  it('leaves all to the pipe where class-validator keeps its executor elsewhere', async () => {
    const missing = vi.fn((name: string): unknown => {
      if (name.includes('ValidationExecutor')) throw new Error('no such file');
      return { targetConstructorToSchema: undefined, defaultMetadataStorage: undefined };
    });
    expect(dtoPackages('A test', missing).RuleExecutor).toBeUndefined();
    expect(PACKAGES.RuleExecutor).toBeDefined();
    expect(byPipe(CreatePerson, DEFAULTS).validate('input', {})).toBeInstanceOf(Promise);
  });
});

function cyclic(): object {
  const value: Record<string, unknown> = { ...PERSON };
  value['home'] = { value };
  return value;
}
