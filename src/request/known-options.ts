import type { ConfigurableModuleAsyncOptions } from '@nestjs/common';

/**
 * The options that exist: `true`, or the options of an object below. `satisfies OptionsOf<T>` holds a
 * table against the interface of the options.
 */
export interface OptionTable {
  readonly [option: string]: true | OptionTable;
}

/** A table with each option of an interface, and no other. */
export type OptionsOf<T> = {
  readonly [Option in KeyOf<T>]-?: true | OptionTable;
};

/** Options by names that people try for them, of other libraries and earlier versions. */
export type OtherNames = Readonly<Record<string, string>>;

/** The keys of each member of a union. */
type KeyOf<T> = T extends unknown ? keyof T & string : never;

/**
 * The first option that does not exist, with the name that was probably meant.
 *
 * @param options what was given; only plain objects below it are looked into
 * @param known the options that exist
 * @param otherNames what to write instead of names that are not similar, such as `parameters`
 * @returns a sentence such as `` unknown option `baseUrl`: write `baseURL`. ``; `undefined` if all exist
 */
export function optionProblem(
  options: object,
  known: OptionTable,
  otherNames: OtherNames = {},
  path = '',
): string | undefined {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) {
      const cure = otherCureOf(name, known, otherNames) ?? cureOf(name, known, path);
      return `unknown option \`${path}${name}\`: ${cure}`;
    }
    const below = known[name];
    if (typeof below !== 'object' || !isPlainObject(value)) continue;
    const problem = optionProblem(value, below, otherNames, `${path}${name}.`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/**
 * The first wrong option that a module got. An option that shapes the module is wrong here, since Nest takes
 * it out before; it may be meant by a misspelt one.
 *
 * @param extras the options that shape the module
 */
export function moduleOptionProblem(
  options: object,
  known: OptionTable,
  extras: OptionTable,
  otherNames: OtherNames = {},
): string | undefined {
  const names = Object.keys(extras).map(
    (name) => [name, `\`${name}\` beside \`useFactory\`, since it shapes the module`] as const,
  );
  const others = { ...otherNames, ...Object.fromEntries(names) };
  return (
    optionProblem(options, { ...known, ...extras }, otherNames) ??
    optionProblem(options, known, others)
  );
}

/**
 * The first wrong option beside the factory of `forRootAsync()`.
 *
 * @param options that `forRootAsync()` got
 * @param extras the options that stay outside of the factory
 * @param fromFactory the options that the factory returns
 */
export function asyncOptionProblem(
  options: object,
  extras: OptionTable,
  fromFactory: OptionTable,
): string | undefined {
  const names = Object.keys(fromFactory).map((name) => [name, IN_FACTORY] as const);
  return optionProblem(options, { ...ASYNC_OPTIONS, ...extras }, Object.fromEntries(names));
}

/**
 * The same, where a module has a transformation of its definition.
 *
 * @param definition of the module
 * @param given what Nest passes to the transformation beside it
 */
export function extrasProblem(
  definition: object,
  given: object,
  extras: OptionTable,
  fromFactory: OptionTable,
): string | undefined {
  // Only an asynchronous definition has imports; the options of the other one are checked later.
  return 'imports' in definition ? asyncOptionProblem(given, extras, fromFactory) : undefined;
}

/** The members of `ConfigurableModuleAsyncOptions` of Nest. */
const ASYNC_OPTIONS = {
  imports: true,
  inject: true,
  useFactory: true,
  useClass: true,
  useExisting: true,
  provideInjectionTokensFrom: true,
} as const satisfies OptionsOf<ConfigurableModuleAsyncOptions<unknown>>;

const IN_FACTORY = 'it into the object that the factory returns';

/** A cure that names an option applies where that option exists. */
function otherCureOf(name: string, known: OptionTable, others: OtherNames): string | undefined {
  const cure = Object.hasOwn(others, name) ? others[name] : undefined;
  const [, option] = /^`(\w+)`$/.exec(cure ?? '') ?? [];
  if (cure === undefined || (option !== undefined && !Object.hasOwn(known, option)))
    return undefined;
  return `write ${cure}.`;
}

function cureOf(name: string, known: OptionTable, path: string): string {
  const names = Object.keys(known);
  const nearest = nearestName(name, names);
  if (nearest !== undefined) return `write \`${path}${nearest}\`.`;
  return `remove it. The options are ${names.map((one) => `\`${path}${one}\``).join(', ')}.`;
}

/**
 * The name that differs least from a misspelt one; `undefined` if none is similar.
 *
 * @param names to choose from
 */
export function nearestName(misspelt: string, names: readonly string[]): string | undefined {
  const given = misspelt.toLowerCase();
  const [nearest] = names
    .map((name) => ({ name, distance: differenceOf(given, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .toSorted((one, other) => one.distance - other.distance);
  return nearest?.name;
}

/** A word that is the beginning of another one is similar to it, such as `ttl` to `ttlMs`. */
function differenceOf(given: string, name: string): number {
  const isBeginning = given.length >= 3 && name.startsWith(given);
  return isBeginning ? 1 : distanceOf(given, name);
}

/** Edits between two words: letters that are added, removed, replaced or exchanged with the next one. */
function distanceOf(one: string, other: string): number {
  let beforeLast: readonly number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isExchanged = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current[column] = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        isExchanged ? (beforeLast[column - 2] ?? 0) + 1 : Infinity,
      );
    }
    [beforeLast, last] = [last, current];
  }
  return last[other.length] ?? 0;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
