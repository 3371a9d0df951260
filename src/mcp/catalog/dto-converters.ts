import type { Type } from '@nestjs/common';
import { isJsonObject } from '../../request/json-object.js';
import type { JsonSchema } from '../authoring/schema.js';
import type { Converter, DtoPackages, Rule } from './dto-packages.js';
import { isUsablePattern } from './schema-fields.js';

/** What the converters report. */
interface ConversionReport {
  /** A reference to the schema of a nested class. */
  readonly refer: (type: Type<object>) => JsonSchema;
  /** A rule that JSON Schema cannot express. */
  readonly omit: (rule: Rule) => void;
  /** A field that cannot be validated as it is declared. */
  readonly fail: (rule: Rule, problem: string) => void;
}

/**
 * Converters for the rules that class-validator-jsonschema writes as something else than what
 * class-validator checks, or with formats and references that JSON Schema does not have.
 */
export function convertersOf(
  { declared }: DtoPackages,
  { refer, omit, fail }: ConversionReport,
): Readonly<Record<string, Converter>> {
  /** Describes the type at most, and reports the rule. */
  const omitted =
    (schema: JsonSchema = {}): Converter =>
    (rule) => {
      omit(rule);
      return schema;
    };
  const text = omitted({ type: 'string' });
  return {
    nestedValidation: (rule) => {
      const type = declared.findTypeMetadata(rule.target, rule.propertyName);
      if (type?.options && 'discriminator' in type.options) omit(rule);
      const isList = designType(rule) === Array;
      const nested = type ? type.typeFunction() : designType(rule);
      if (!isModel(nested)) {
        fail(rule, 'whose class is not known: add @Type(() => …) of class-transformer to it.');
        return {};
      }
      return isList && !rule.each ? { type: 'array', items: refer(nested) } : refer(nested);
    },
    // Every rule that has no converter.
    customValidation: omitted(),
    conditionalValidation: (rule) => (isForOptional(rule) ? {} : omitted()(rule)),
    isDefined: () => ({}),
    isNotEmpty: (rule) =>
      !rule.each && designType(rule) === String ? { type: 'string', minLength: 1 } : {},
    isEmpty: omitted(),
    isEnum: ({ constraints: [values, valid] = [] }) => ({
      enum: Array.isArray(valid) ? valid : valuesOf(values),
    }),
    isDate: () => DATE_TIME,
    minDate: omitted(DATE_TIME),
    maxDate: omitted(DATE_TIME),
    isDateString: () => DATES,
    isIso8601: () => DATES,
    min: ({ constraints: [minimum] = [] }) => ({ minimum }),
    max: ({ constraints: [maximum] = [] }) => ({ maximum }),
    isPositive: () => ({ exclusiveMinimum: 0 }),
    isNegative: () => ({ exclusiveMaximum: 0 }),
    isDivisibleBy: ({ constraints: [multipleOf] = [] }) => ({ multipleOf }),
    isNumberString: () => ({ type: 'string', pattern: '^[-+]?([0-9]*[.])?[0-9]+$' }),
    contains: ({ constraints: [seed] = [] }) => ({ type: 'string', pattern: literal(seed) }),
    notContains: ({ constraints: [seed] = [] }) => ({
      type: 'string',
      not: { pattern: literal(seed) },
    }),
    matches: (rule) => {
      const [pattern] = rule.constraints ?? [];
      const isPlain = pattern instanceof RegExp && !/[imsvy]/.test(pattern.flags);
      if (!isPlain || !isUsablePattern(pattern.source)) return text(rule);
      return { type: 'string', pattern: pattern.source };
    },
    isAlpha: localized('^[a-zA-Z]+$', text),
    isAlphanumeric: localized('^[0-9a-zA-Z]+$', text),
    isIp: ({ constraints: [version] = [] }) => ({
      type: 'string',
      ...((Number(version) === 4 || Number(version) === 6) && { format: `ipv${version}` }),
    }),
    isBase64: () => ({ type: 'string', contentEncoding: 'base64' }),
    isUrl: () => ({ type: 'string', format: 'uri' }),
    isJson: () => ({ type: 'string', contentMediaType: 'application/json' }),
    isByteLength: text,
    isCreditCard: text,
    isCurrency: text,
    isIsbn: text,
    isIsin: text,
    isMobilePhone: text,
    isPhoneNumber: text,
    isLowercase: text,
    isUppercase: text,
    isSurrogatePair: text,
    isVariableWidth: text,
    isFullWidth: text,
    isHalfWidth: text,
    isMultibyte: text,
  };
}

/** The schema of a field, with the type that its TypeScript type has if no rule gives one. */
export function typeOfProperty(
  type: Type<object>,
  property: string,
  schema: JsonSchema,
): JsonSchema {
  if (TYPED.some((keyword) => keyword in schema)) return schema;
  if (NUMERIC.some((keyword) => keyword in schema)) return { type: 'number', ...schema };
  const declared: unknown = Reflect.getMetadata('design:type', type.prototype, property);
  const known = TYPES.get(declared);
  return known === undefined ? schema : { type: known, ...schema };
}

const TYPED = ['type', '$ref', 'enum', 'const', 'anyOf', 'oneOf', 'allOf'];
const NUMERIC = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];

const TYPES: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [String, 'string'],
  [Number, 'number'],
  [Boolean, 'boolean'],
  [Array, 'array'],
]);

const DATE_TIME: JsonSchema = { type: 'string', format: 'date-time' };
const DATES: JsonSchema = { type: 'string', anyOf: [{ format: 'date' }, { format: 'date-time' }] };

function designType({ target, propertyName }: Rule): unknown {
  return Reflect.getMetadata('design:type', target.prototype, propertyName);
}

/** Whether a value is a class of the application. */
function isModel(type: unknown): type is Type<object> {
  return typeof type === 'function' && !BUILT_IN.has(type);
}

const BUILT_IN: ReadonlySet<unknown> = new Set([
  Object,
  Array,
  String,
  Number,
  Boolean,
  Date,
  Map,
  Set,
  Promise,
  Function,
  Symbol,
  BigInt,
]);

/** Whether a condition is that of `@IsOptional()`. Before 0.14.1 it has no name. */
function isForOptional({ propertyName, constraints: [condition] = [] }: Rule): boolean {
  if (typeof condition !== 'function') return false;
  const holds = (value: unknown): unknown => condition({ [propertyName]: value }, value);
  try {
    return !holds(undefined) && !holds(null) && holds('') === true && holds(0) === true;
  } catch {
    return false;
  }
}

/** The values of an enum of TypeScript; one of numbers has its names as values, too. */
function valuesOf(values: unknown): readonly unknown[] {
  if (!isJsonObject(values)) return [];
  return Object.entries(values)
    .filter(([name]) => Number.isNaN(Number(name)))
    .map(([, value]) => value);
}

/** A pattern for the default locale; another one is left out. */
function localized(pattern: string, omit: Converter): Converter {
  return (rule) => {
    const [locale] = rule.constraints ?? [];
    return locale === undefined ? { type: 'string', pattern } : omit(rule);
  };
}

/** A pattern for a text as it is. */
function literal(text: unknown): string {
  return String(text).replace(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
