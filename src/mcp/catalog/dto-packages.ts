import type { Type, ValidationPipeOptions } from '@nestjs/common';
import type { JsonSchema } from '../authoring/schema.js';
import { loadPackage } from './optional-package.js';

// The types of these packages would be part of the types of this one, and they are optional. What is
// used of them is written here instead.

/** The packages behind a class with the decorators of class-validator. */
export interface DtoPackages {
  readonly validator: NonNullable<ValidationPipeOptions['validatorPackage']> & {
    readonly getMetadataStorage: () => RuleStorage;
  };
  readonly transformer: NonNullable<ValidationPipeOptions['transformerPackage']> & {
    readonly instanceToPlain: (instance: unknown, options?: object) => unknown;
  };
  /** What `@Type()`, `@Expose()` and `@Exclude()` have declared. */
  readonly declared: DeclaredTypes;
  /** Of class-validator-jsonschema. */
  readonly toSchema: (type: Type<object>, options: ConversionOptions) => JsonSchema;
  /** What `validate()` of class-validator runs; `undefined` where the package keeps it elsewhere. */
  readonly RuleExecutor: RuleExecutorClass | undefined;
}

/** An error of class-validator, as far as it is used. */
export interface Invalid {
  readonly property: string;
  readonly constraints?: Readonly<Record<string, string>>;
  readonly children?: readonly Invalid[];
}

type RuleExecutorClass = new (
  validator: object,
  options: object,
) => {
  /** Of the rules that have returned one. Without them, all errors are known. */
  readonly awaitingPromises: readonly Promise<unknown>[];
  execute(value: object, schema: undefined, errors: Invalid[]): void;
  stripEmptyErrors(errors: readonly Invalid[]): readonly Invalid[];
};

/** A rule of class-validator. */
export interface Rule {
  /** Name of the validator, such as `isEmail`, or the kind of rule. */
  readonly type: string;
  readonly target: Type<object>;
  readonly propertyName: string;
  readonly constraints?: readonly unknown[];
  /** Whether it is for each item of a list. */
  readonly each?: boolean;
}

interface RuleStorage {
  getTargetValidationMetadatas(
    type: Type<object>,
    schema: string,
    always: boolean,
    strictGroups: boolean,
  ): readonly Rule[];
}

interface DeclaredTypes {
  findTypeMetadata(
    target: Type<object>,
    property: string,
  ): { readonly typeFunction: () => unknown; readonly options?: object } | undefined;
  findExcludeMetadata(target: Type<object>, property: string): Exclusion | undefined;
  getExposedMetadatas(target: Type<object>): readonly unknown[];
}

interface Exclusion {
  readonly options?: { readonly toClassOnly?: boolean; readonly toPlainOnly?: boolean };
}

interface ConversionOptions {
  readonly refPointerPrefix: string;
  readonly additionalConverters: Readonly<Record<string, Converter>>;
  readonly classTransformerMetadataStorage: DeclaredTypes;
}

/** Converts a rule to the part of the schema that it adds. */
export type Converter = (rule: Rule) => JsonSchema;

/**
 * @param user for the message: who needs the packages
 * @throws {MissingPackageError}
 */
export function dtoPackages(user: string, loadFrom?: (name: string) => unknown): DtoPackages {
  const load = <T>(name: string): T => loadPackage<T>(name, user, loadFrom);
  return {
    validator: load('class-validator'),
    transformer: load('class-transformer'),
    declared: load<{ defaultMetadataStorage: DeclaredTypes }>('class-transformer/cjs/storage.js')
      .defaultMetadataStorage,
    toSchema: load<{ targetConstructorToSchema: DtoPackages['toSchema'] }>(
      'class-validator-jsonschema',
    ).targetConstructorToSchema,
    RuleExecutor: ruleExecutor(load),
  };
}

function ruleExecutor(load: <T>(name: string) => T): RuleExecutorClass | undefined {
  try {
    return load<{ ValidationExecutor?: RuleExecutorClass }>(
      'class-validator/cjs/validation/ValidationExecutor.js',
    ).ValidationExecutor;
  } catch {
    return undefined;
  }
}

/** The rules that the decorators of class-validator give a class and those above it. */
export function rulesOf(validator: DtoPackages['validator'], type: Type<object>): readonly Rule[] {
  return validator.getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
}
