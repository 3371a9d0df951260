import type { StandardSchemaV1 } from '@modelcontextprotocol/server';
import type { JsonSchema, McpSchema } from '../authoring/schema.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import { loadPackage } from './optional-package.js';

/**
 * Compiles JSON Schemas to validators. `$schema` may name 2020-12, the default, 2019-09 or
 * draft-07. The library is loaded with the first schema.
 */
export class JsonSchemaCompiler {
  private readonly dialects = new Map<string, Compile>();

  /** @throws {InvalidHandlerError} it is not a valid JSON Schema */
  compile(source: string, side: 'input' | 'output', given: JsonSchema): McpSchema {
    const refused = (problem: string, options?: ErrorOptions) =>
      new InvalidHandlerError(
        source,
        `its ${side} is not a valid JSON Schema: ${problem}. Correct it, or use a schema such as z.object({ … }).`,
        options,
      );
    const dialect = String(given['$schema'] ?? LATEST).replace(/#$/, '');
    if (!(dialect in DIALECTS)) throw refused(`$schema is "${dialect}", not ${LATEST}`);
    try {
      // A copy: the application may change its object later.
      const schema: JsonSchema = JSON.parse(JSON.stringify(given));
      const check = this.compilerOf(source, dialect)(schema);
      const jsonSchema = () => schema;
      return {
        '~standard': {
          version: 1,
          vendor: 'nestjs-clerk-mcp',
          jsonSchema: { input: jsonSchema, output: jsonSchema },
          validate: (value) =>
            check(value) ? { value } : { issues: (check.errors ?? []).map(toIssue) },
        },
      };
    } catch (cause) {
      throw refused(cause instanceof Error ? cause.message : String(cause), { cause });
    }
  }

  private compilerOf(source: string, dialect: string): Compile {
    const known = this.dialects.get(dialect);
    if (known) return known;
    const ajv = new (loadPackage<AjvClass>(String(DIALECTS[dialect]), source))(OPTIONS);
    loadPackage<(instance: object) => void>('ajv-formats', source)(ajv);
    const compile: Compile = (schema) => ajv.compile(schema);
    this.dialects.set(dialect, compile);
    return compile;
  }
}

const LATEST = 'https://json-schema.org/draft/2020-12/schema';

/** The file of the library for each dialect. */
const DIALECTS: Readonly<Record<string, string>> = {
  [LATEST]: 'ajv/dist/2020.js',
  'https://json-schema.org/draft/2019-09/schema': 'ajv/dist/2019.js',
  'http://json-schema.org/draft-07/schema': 'ajv/dist/ajv.js',
};

/** Not strict: MCP and its clients have keywords of their own, such as `x-mcp-header`. */
const OPTIONS = { strict: false, allErrors: true, addUsedSchema: false };

/** What is used of Ajv. Its own types would be part of the types of this package. */
type AjvClass = new (options: object) => { readonly compile: Compile };
type Compile = (schema: JsonSchema) => Check;
type Check = ((value: unknown) => boolean) & { readonly errors?: readonly AjvError[] | null };

interface AjvError {
  readonly keyword: string;
  /** JSON Pointer. */
  readonly instancePath: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
}

function toIssue({ keyword, instancePath, message = 'is not valid', params }: AjvError) {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const member = MEMBERS[keyword] && params[MEMBERS[keyword]];
  if (typeof member === 'string') path.push(member);
  const told = MESSAGES[keyword]?.(params) ?? message;
  return { path, message: told } satisfies StandardSchemaV1.Issue;
}

/** The parameter that names a member below the path of an error. */
const MEMBERS: Readonly<Record<string, string>> = {
  required: 'missingProperty',
  dependentRequired: 'missingProperty',
  additionalProperties: 'additionalProperty',
  unevaluatedProperties: 'unevaluatedProperty',
};

/** Messages for an error whose path names the member, and for one that leaves out the choices. */
const MESSAGES: Readonly<Record<string, (params: AjvError['params']) => string>> = {
  required: () => 'is required',
  dependentRequired: () => 'is required',
  additionalProperties: () => 'is not known',
  unevaluatedProperties: () => 'is not known',
  enum: ({ allowedValues }) => `must be one of ${JSON.stringify(allowedValues).slice(1, -1)}`,
  const: ({ allowedValue }) => `must be ${JSON.stringify(allowedValue)}`,
};
