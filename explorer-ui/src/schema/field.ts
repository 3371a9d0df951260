/** A JSON Schema, of which everything is still to be checked: a server may send anything. */
export type Schema = Readonly<Record<string, unknown>>;

/** One value of a form. */
export interface Field {
  readonly name: string;
  readonly schema: Schema;
  readonly required: boolean;
  readonly title: string | undefined;
  readonly description: string | undefined;
  /** In a few words, such as `string · 1–120`. */
  readonly type: string;
  readonly shape: Shape;
}

export type Shape =
  | { readonly kind: 'text'; readonly multiline: boolean; readonly input: TextInput }
  | { readonly kind: 'number'; readonly integer: boolean }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'enum'; readonly options: readonly EnumOption[] }
  | { readonly kind: 'const'; readonly value: unknown }
  | { readonly kind: 'object'; readonly fields: readonly Field[] }
  | { readonly kind: 'list'; readonly item: Field }
  | { readonly kind: 'union'; readonly options: readonly Field[] }
  /** Written as JSON; `reason` says why there is no form. */
  | { readonly kind: 'json'; readonly reason: string };

export type TextInput = 'text' | 'email' | 'url' | 'date' | 'time' | 'datetime-local';

export interface EnumOption {
  readonly value: unknown;
  readonly label: string;
}

const MAX_DEPTH = 6;
const MAX_FIELDS = 200;
const MAX_OPTIONS = 500;
const MAX_TOTAL = 2_000;

/** The fields of an object schema; `undefined` if it is none, and the arguments are written as JSON. */
export function fieldsOf(schema: unknown): readonly Field[] | undefined {
  const root = isSchema(schema) ? schema : {};
  const { shape } = fieldOf('', root, true, {
    root,
    depth: 0,
    above: new Set(),
    budget: { left: MAX_TOTAL },
  });
  return shape.kind === 'object' ? shape.fields : undefined;
}

interface Context {
  readonly root: Schema;
  readonly depth: number;
  /** The references above, to find one that refers to itself. */
  readonly above: ReadonlySet<string>;
  /** Fields that may still be made: references can multiply a small schema beyond any bound. */
  readonly budget: { left: number };
}

function fieldOf(name: string, given: Schema, required: boolean, context: Context): Field {
  const { schema, problem, context: inner } = resolve(given, context);
  const shape: Shape =
    problem === undefined ? shapeOf(schema, inner) : { kind: 'json', reason: problem };
  const title = textIn(given, 'title') ?? textIn(schema, 'title');
  const description = textIn(given, 'description') ?? textIn(schema, 'description');
  return { name, schema, required, title, description, type: describeType(schema, shape), shape };
}

function resolve(
  schema: Schema,
  context: Context,
): { readonly schema: Schema; readonly problem?: string; readonly context: Context } {
  const reference = schema['$ref'];
  if (typeof reference === 'string') {
    if (context.above.has(reference)) {
      return { schema, problem: 'It refers to itself.', context };
    }
    const target = targetOf(context.root, reference);
    if (!target) return { schema, problem: 'It refers to a schema that is not there.', context };
    const { $ref: _reference, ...own } = schema;
    const above = new Set([...context.above, reference]);
    return resolve({ ...target, ...own }, { ...context, above });
  }
  const all = schema['allOf'];
  if (Array.isArray(all) && all.every(isSchema)) {
    const { allOf: _all, ...own } = schema;
    const parts = all.map((part) => resolve(part, context).schema);
    return { schema: merged([...parts, own]), context };
  }
  return { schema, context };
}

function merged(parts: readonly Schema[]): Schema {
  const whole: Record<string, unknown> = Object.assign({}, ...parts);
  const properties = parts.map((part) => part['properties']).filter(isSchema);
  const required = parts.flatMap((part) => textsIn(part['required']));
  if (properties.length > 0) whole['properties'] = Object.assign({}, ...properties);
  if (required.length > 0) whole['required'] = required;
  return whole;
}

function targetOf(root: Schema, reference: string): Schema | undefined {
  if (reference === '#') return root;
  if (!reference.startsWith('#/')) return undefined;
  let at: unknown = root;
  for (const part of reference.slice(2).split('/')) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Reflect.get(at, key);
  }
  return isSchema(at) ? at : undefined;
}

function shapeOf(schema: Schema, context: Context): Shape {
  context.budget.left -= 1;
  if (context.budget.left < 0) return { kind: 'json', reason: 'Its schema is too large.' };
  if (context.depth > MAX_DEPTH) return { kind: 'json', reason: 'It is nested too deeply.' };
  if ('const' in schema) return { kind: 'const', value: schema['const'] };
  const options = enumOf(schema);
  if (options) return { kind: 'enum', options };
  const alternatives = alternativesOf(schema, context);
  if (alternatives) return alternatives;
  const type = typeOf(schema);
  switch (type) {
    case 'string':
      return textShape(schema);
    case 'number':
    case 'integer':
      return { kind: 'number', integer: type === 'integer' };
    case 'boolean':
      return { kind: 'boolean' };
    case 'object':
      return objectShape(schema, context);
    case 'array':
      return listShape(schema, context);
    default:
      return { kind: 'json', reason: 'Its schema names no type that a form has.' };
  }
}

/** The type of a value that is not null. */
function typeOf(schema: Schema): string | undefined {
  const given = [schema['type']].flat().filter((one) => one !== 'null');
  if (given.length === 1 && typeof given[0] === 'string') return given[0];
  if (given.length > 0 && given[0] !== undefined) return undefined;
  if (isSchema(schema['properties'])) return 'object';
  return schema['items'] === undefined ? undefined : 'array';
}

function enumOf(schema: Schema): readonly EnumOption[] | undefined {
  const values = schema['enum'];
  if (Array.isArray(values)) {
    const names = textsIn(schema['enumNames']);
    return values
      .filter((value) => value !== null)
      .slice(0, MAX_OPTIONS)
      .map((value: unknown, index) => ({ value, label: names[index] ?? labelOf(value) }));
  }
  const alternatives = schema['oneOf'] ?? schema['anyOf'];
  if (!Array.isArray(alternatives) || alternatives.length === 0) return undefined;
  const constants = alternatives.filter((one) => isSchema(one) && 'const' in one);
  if (constants.length !== alternatives.length) return undefined;
  return constants.slice(0, MAX_OPTIONS).map((one: Schema) => ({
    value: one['const'],
    label: textIn(one, 'title') ?? labelOf(one['const']),
  }));
}

const labelOf = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

function alternativesOf(schema: Schema, context: Context): Shape | undefined {
  const given = schema['oneOf'] ?? schema['anyOf'];
  if (!Array.isArray(given)) return undefined;
  const options = given.filter((one) => isSchema(one) && one['type'] !== 'null') as Schema[];
  const { oneOf: _one, anyOf: _any, ...own } = schema;
  const inner = { ...context, depth: context.depth + 1 };
  if (options.length === 1 && options[0]) {
    return fieldOf('', { ...own, ...options[0] }, true, context).shape;
  }
  if (options.length === 0 || options.length > 20) {
    return { kind: 'json', reason: 'It has no alternative that a form has.' };
  }
  const fields = options.map((option, index) => {
    const whole = isSchema(own['properties']) ? merged([own, option]) : option;
    const field = fieldOf('', whole, true, inner);
    return { ...field, name: field.title ?? nameOf(field, index) };
  });
  return { kind: 'union', options: fields };
}

/** What tells an alternative from the others: a constant of it, or its type. */
function nameOf({ shape, type }: Field, index: number): string {
  if (shape.kind === 'object') {
    for (const { shape: inner } of shape.fields) {
      if (inner.kind === 'const' && typeof inner.value === 'string') return inner.value;
    }
    return shape.fields[0]?.name ?? `option ${index + 1}`;
  }
  return type || `option ${index + 1}`;
}

function textShape(schema: Schema): Shape {
  const format = textIn(schema, 'format') ?? '';
  const input = INPUTS[format] ?? 'text';
  const long = Number(schema['maxLength'] ?? 0) > 200 || schema['contentMediaType'] !== undefined;
  return { kind: 'text', input, multiline: input === 'text' && long };
}

const INPUTS: Readonly<Record<string, TextInput>> = {
  date: 'date',
  'date-time': 'datetime-local',
  email: 'email',
  uri: 'url',
};

function objectShape(schema: Schema, context: Context): Shape {
  const properties = schema['properties'];
  const names = isSchema(properties) ? Object.keys(properties) : [];
  const isOpen = schema['additionalProperties'];
  if (names.length === 0 && isOpen !== undefined && isOpen !== false) {
    return { kind: 'json', reason: 'Its members have any name.' };
  }
  if (names.length > MAX_FIELDS) return { kind: 'json', reason: 'It has too many members.' };
  const required = new Set(textsIn(schema['required']));
  const inner = { ...context, depth: context.depth + 1 };
  const fields = names.flatMap((name) => {
    const property: unknown = Reflect.get(properties as object, name);
    return [fieldOf(name, isSchema(property) ? property : {}, required.has(name), inner)];
  });
  return { kind: 'object', fields };
}

function listShape(schema: Schema, context: Context): Shape {
  const items = schema['items'];
  if (!isSchema(items)) return { kind: 'json', reason: 'Its items have any type.' };
  const item = fieldOf('', items, true, { ...context, depth: context.depth + 1 });
  if (item.shape.kind === 'json') return { kind: 'json', reason: item.shape.reason };
  return { kind: 'list', item };
}

/** Such as `string · 1–120`. */
function describeType(schema: Schema, shape: Shape): string {
  switch (shape.kind) {
    case 'text':
      return joined(textIn(schema, 'format') ?? 'string', range(schema, 'minLength', 'maxLength'));
    case 'number':
      return joined(shape.integer ? 'integer' : 'number', range(schema, 'minimum', 'maximum'));
    case 'boolean':
      return 'boolean';
    case 'enum':
      return shape.options.length > 4 ? `enum · ${shape.options.length}` : 'enum';
    case 'const':
      return 'constant';
    case 'object':
      return 'object';
    case 'list':
      return joined(`${shape.item.type.split(' ')[0]}[]`, range(schema, 'minItems', 'maxItems'));
    case 'union':
      return `one of ${shape.options.length}`;
    case 'json':
      return 'JSON';
  }
}

const joined = (...parts: readonly string[]): string => parts.filter(Boolean).join(' · ');

function range(schema: Schema, least: string, most: string): string {
  const [from, to] = [schema[least], schema[most]].map((one) =>
    typeof one === 'number' && Math.abs(one) < Number.MAX_SAFE_INTEGER ? one : undefined,
  );
  if (from !== undefined && to !== undefined) return `${from}–${to}`;
  if (from !== undefined) return `at least ${from}`;
  return to === undefined ? '' : `at most ${to}`;
}

export function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textIn(schema: Schema, name: string): string | undefined {
  const value = schema[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
