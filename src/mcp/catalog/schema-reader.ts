import { Inject, Injectable, Logger } from '@nestjs/common';
import { toJSONSchema, type z } from 'zod';
import { isJsonObject, type JsonObject } from '../../request/json-object.js';
import { removeZodId, type McpSchema } from '../authoring/schema.js';
import type { ResolvedMcpOptions } from '../mcp-options.js';
import { InvalidHandlerError } from '../mcp.errors.js';
import { RESOLVED_MCP_OPTIONS } from '../mcp.tokens.js';
import { hasRules, isClass, readDto } from './dto-schema.js';
import { JsonSchemaCompiler } from './json-schema-compiler.js';
import { adviseOnZod } from './schema-fields.js';
import { zodThreeWriter } from './zod-three.js';

/**
 * Reads what `input` and `output` of a decorator are into a schema that validates and that has a
 * JSON Schema: a Standard Schema, a class with the decorators of class-validator, or a JSON Schema.
 */
@Injectable()
export class SchemaReader {
  private readonly jsonSchemas = new JsonSchemaCompiler();
  private readonly logger = new Logger('McpCatalog');
  /** Classes with a rule that JSON Schema cannot express, after the warning. */
  private readonly warned = new WeakSet<object>();

  constructor(@Inject(RESOLVED_MCP_OPTIONS) private readonly options: ResolvedMcpOptions) {}

  /**
   * Reads the class of a parameter of a route by the decorators of class-validator.
   *
   * @returns `undefined` for a class without them
   * @throws {InvalidHandlerError} a nested class has none
   * @throws {MissingPackageError} a package that it needs is not installed
   */
  readClass(source: string, type: Function): McpSchema | undefined {
    return isClass(type) && hasRules(type) ? this.read(source, 'input', type) : undefined;
  }

  /**
   * @param source class and method, for messages
   * @throws {InvalidHandlerError} it is not a schema, or has no JSON Schema
   * @throws {MissingPackageError} a package that it needs is not installed
   */
  read(source: string, side: 'input' | 'output', given: unknown): McpSchema {
    const standard = isObject(given) ? Reflect.get(given, '~standard') : undefined;
    if (isObject(given) && isJsonObject(standard)) {
      return readStandard(source, side, given, standard);
    }
    if (isClass(given)) {
      const { schema, omitted } = readDto(source, side, given, this.options.validation);
      if (omitted.length > 0 && !this.warned.has(given)) {
        this.warned.add(given);
        this.logger.warn(
          `JSON Schema cannot express these rules of ${given.name}: ${omitted.join(', ')}. Clients do not see them; calls are validated by them.`,
        );
      }
      return schema;
    }
    if (isJsonObject(given) && !Object.values(given).some(isLibrarySchema)) {
      return this.jsonSchemas.compile(source, side, given);
    }
    throw new InvalidHandlerError(
      source,
      `its ${side} is not a schema. Wrap the fields in one, such as z.object({ … }).`,
    );
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Whether a value is the schema of a field: then the object around it is a mere list of fields. */
function isLibrarySchema(value: unknown): boolean {
  return isObject(value) && ('~standard' in value || '_def' in value);
}

/** A Standard Schema; if its library writes no JSON Schema, another package may do it. */
function readStandard(
  source: string,
  side: 'input' | 'output',
  given: object,
  standard: JsonObject,
): McpSchema {
  if ('jsonSchema' in standard) return given as McpSchema; // It has both parts of one.
  const write = standard['vendor'] === 'zod' ? zodWriter(source, given) : undefined;
  if (!write) {
    throw new InvalidHandlerError(
      source,
      `the library of its ${side} schema does not write JSON Schema. Use zod 4.2 or later, ArkType, or Valibot with @valibot/to-json-schema.`,
    );
  }
  // What the library gives, and the part that is missing.
  const props = standard as unknown as McpSchema['~standard'];
  return {
    '~standard': {
      version: 1,
      vendor: props.vendor,
      validate: (value) => props.validate(value),
      jsonSchema: { input: () => write('input'), output: () => write('output') },
    },
  };
}

type Writer = (side: 'input' | 'output') => Record<string, unknown>;

/** Writes the schemas of zod/mini and zod 3; `undefined` for those of zod 4.0 and 4.1. */
function zodWriter(source: string, schema: object): Writer | undefined {
  const { version } = Object(Reflect.get(schema, '_zod')) as { version?: JsonObject };
  if (version) {
    const isNew = Number(version['major']) > 4 || Number(version['minor']) >= 2;
    // `toJSONSchema` takes the schemas of every copy and flavour of zod 4.
    return isNew ? (side) => writeZod(schema as z.core.$ZodType, side) : undefined;
  }
  return '_def' in schema ? zodThreeWriter(source, schema) : undefined;
}

function writeZod(schema: z.core.$ZodType, side: 'input' | 'output'): Record<string, unknown> {
  try {
    return { ...toJSONSchema(schema, { io: side, override: removeZodId }) };
  } catch (cause) {
    const advice = adviseOnZod(schema, side);
    throw advice === undefined ? cause : new TypeError(advice, { cause });
  }
}
