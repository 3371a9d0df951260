import type { Type, ValidationPipe, ValidationPipeOptions } from '@nestjs/common';
import type { MaybePromise } from '../../request/value-or-promise.js';
import { callPrivate } from '../nest-internals.js';
import type { DtoPackages, Invalid } from './dto-packages.js';

/** What is validated, and how. */
interface DirectTarget {
  readonly type: Type<object>;
  readonly options: ValidationPipeOptions;
  /** The pipe with these options. */
  readonly pipe: ValidationPipe;
}

/** An instance of the class, and what is wrong with it. */
interface Validated {
  readonly value: object;
  readonly errors: readonly Invalid[];
}

/**
 * Transforms and validates plain JSON by the steps of Nest's `ValidationPipe`, without its promises:
 * synchronous unless a rule returns a promise. `validateSync()` of class-validator would ignore such a rule,
 * and whether a rule is declared as asynchronous is up to its author.
 *
 * @returns `undefined` where the options, or the version of class-validator, need the pipe itself. The function
 *   returns it for a value that does
 */
export function directValidation(
  { validator, transformer, RuleExecutor }: DtoPackages,
  { type, options, pipe }: DirectTarget,
): ((json: object) => MaybePromise<Validated> | undefined) | undefined {
  if (!RuleExecutor || !options.transform || options.expectedType) return undefined;
  const rules = { forbidUnknownValues: false, ...options };
  return (json) => {
    const value: object = transformer.plainToInstance(type, json, options.transformOptions);
    // What the pipe does with an instance of another class depends on the version of Nest.
    if (value.constructor !== type) return undefined;
    const binary = callPrivate(pipe, 'findNestedBinaryValues', value);
    if (Array.isArray(binary) && binary.length > 0) return { value, errors: binary };
    const executor = new RuleExecutor(validator, rules);
    const found: Invalid[] = [];
    executor.execute(value, undefined, found);
    const finish = (): Validated => ({ value, errors: executor.stripEmptyErrors(found) });
    const { awaitingPromises } = executor;
    return awaitingPromises.length === 0 ? finish() : Promise.all(awaitingPromises).then(finish);
  };
}

/**
 * Whether a value is as `JSON.parse()` makes it, without anything that `ValidationPipe` removes first: gaps of
 * lists, and the names of prototypes. A value with very many parts is not examined; one with a cycle has them.
 */
export function isPlainJson(value: object): boolean {
  const parts: unknown[] = [value];
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at];
    if (typeof part !== 'object' || part === null) continue;
    if (at >= MAX_PARTS) return false;
    if (Array.isArray(part)) {
      for (const item of part) {
        // A gap, which the pipe closes.
        if (item === undefined) return false;
        if (typeof item === 'object') parts.push(item);
      }
      continue;
    }
    if (Object.getPrototypeOf(part) !== Object.prototype) return false;
    for (const name in part) {
      if (REMOVED.has(name)) return false;
      const member: unknown = Reflect.get(part, name);
      if (typeof member === 'object') parts.push(member);
    }
  }
  return true;
}

/** Objects and lists. */
const MAX_PARTS = 1_000;
const REMOVED: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);
