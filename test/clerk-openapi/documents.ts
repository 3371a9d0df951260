import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import ajvFormats from 'ajv-formats';
import { parse } from 'yaml';

/** Where Clerk's documents lie: `CLERK_OPENAPI`, or beside this repository. */
const DOCUMENTS_FOLDER = resolve(
  import.meta.dirname,
  '../..',
  process.env['CLERK_OPENAPI'] ?? '../shared/clerk-openapi',
);

const DOCUMENTS_MISSING =
  `No OpenAPI documents of Clerk in ${DOCUMENTS_FOLDER}. Clerk publishes them in the public repository ` +
  'clerk/openapi-specs and under https://clerk.com/docs/reference: set CLERK_OPENAPI to a folder with ' +
  'bapi-*.yml, fapi-*.yml and webhooks-*.yml, or to a clone of that repository.';

/**
 * Whether the suite can run. It tells where to find the documents when they are absent.
 *
 * @throws Error when they are absent and `CI` is set
 */
export function documentsOrSkip(): boolean {
  if ((['bapi', 'fapi', 'webhooks'] as const).every((name) => fileOf(name) !== undefined))
    return true;
  if (process.env['CI']) throw new Error(DOCUMENTS_MISSING);
  process.stdout.write(`Skipped. ${DOCUMENTS_MISSING}\n`);
  return false;
}

/** An OpenAPI 3.0 document whose schemas Ajv can compile. */
export class ClerkDocument {
  readonly content: OpenApi;
  readonly #strict: Ajv;
  readonly #coercing: Ajv;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(name: DocumentName) {
    const file = fileOf(name);
    if (file === undefined) throw new Error(DOCUMENTS_MISSING);
    const content = parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 }) as OpenApi;
    if (!content.openapi.startsWith('3.0.')) {
      throw new Error(`${file} is OpenAPI ${content.openapi}; this suite reads OpenAPI 3.0.`);
    }
    this.content = asJsonSchema(content) as OpenApi;
    this.#strict = this.#ajv({});
    // Parameters and forms arrive as text.
    this.#coercing = this.#ajv({ coerceTypes: 'array' });
  }

  /** Problems of a value under the schema at a JSON pointer of the document. */
  problems(pointer: string, value: unknown, from: 'json' | 'text' = 'json'): readonly string[] {
    const key = `${from} ${pointer}`;
    let validate = this.#compiled.get(key);
    if (!validate) {
      const ajv = from === 'json' ? this.#strict : this.#coercing;
      validate = ajv.compile({ $ref: `${DOCUMENT_ID}#${encodeURI(pointer)}` });
      this.#compiled.set(key, validate);
    }
    if (validate(value)) return [];
    const problems = (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    );
    return [...new Set(problems)].slice(0, 12);
  }

  /** Follows the references of an object of the document. */
  at(pointer: string): { readonly pointer: string; readonly value: Record<string, unknown> } {
    let value: unknown = this.content;
    for (const key of pointer.split('/').slice(1)) {
      value = (value as Record<string, unknown> | undefined)?.[unescapePointer(key)];
    }
    if (typeof value !== 'object' || value === null) {
      throw new TypeError(`The document has no object at ${pointer}.`);
    }
    if ('$ref' in value && typeof value.$ref === 'string') return this.at(value.$ref.slice(1));
    return { pointer, value: value as Record<string, unknown> };
  }

  #ajv(options: ConstructorParameters<typeof Ajv>[0]): Ajv {
    const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, ...options });
    ajvFormats.default(ajv);
    return ajv.addSchema(this.content, DOCUMENT_ID);
  }
}

export interface OpenApi {
  readonly openapi: string;
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly 'x-webhooks'?: Readonly<Record<string, unknown>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly security?: readonly unknown[];
}

export interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly unknown[];
  readonly requestBody?: Readonly<Record<string, unknown>>;
  readonly responses: Readonly<Record<string, unknown>>;
  readonly security?: readonly unknown[];
}

export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

type DocumentName = 'bapi' | 'fapi' | 'webhooks';
const DOCUMENT_ID = 'clerk';

function unescapePointer(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The newest version of a document: `bapi-DATE.yml`, or `bapi/DATE.yml` as in Clerk's repository. */
function fileOf(name: DocumentName): string | undefined {
  const isDocument = (file: string): boolean => file.endsWith('.yml');
  const beside = filesIn(DOCUMENTS_FOLDER).filter((file) => file.startsWith(`${name}-`));
  const within = filesIn(join(DOCUMENTS_FOLDER, name)).filter((file) => /^\d/.test(file));
  const files = [...beside, ...within.map((file) => join(name, file))].filter(isDocument);
  const newest = files.toSorted().at(-1);
  return newest === undefined ? undefined : join(DOCUMENTS_FOLDER, newest);
}

function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/**
 * The differences between a schema of OpenAPI 3.0 and JSON Schema. Ajv itself reads `nullable` beside
 * `type`; `discriminator` only helps to choose a branch of `oneOf`, which Ajv tries in turn.
 */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'example' && key !== 'examples')
      .map(([key, member]) => [key, asJsonSchema(member)]),
  );
  const { discriminator, nullable } = schema;
  if (isObject(discriminator) && 'propertyName' in discriminator) delete schema['discriminator'];
  for (const [exclusive, limit] of EXCLUSIVE_LIMITS) {
    if (typeof schema[exclusive] !== 'boolean') continue;
    if (schema[exclusive] && typeof schema[limit] === 'number') schema[exclusive] = schema[limit];
    else delete schema[exclusive];
  }
  if (typeof nullable !== 'boolean') return schema;
  delete schema['nullable'];
  if (!nullable) return schema;
  return { anyOf: [{ type: 'null' }, schema] };
}

const EXCLUSIVE_LIMITS = [
  ['exclusiveMinimum', 'minimum'],
  ['exclusiveMaximum', 'maximum'],
] as const;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
