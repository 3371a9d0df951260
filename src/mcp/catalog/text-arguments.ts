import { isJsonObject } from '../../request/json-object.js';
import type { McpSchema } from '../authoring/schema.js';
import { InvalidHandlerError } from '../mcp.errors.js';

/**
 * Checks that an argument of a prompt accepts some text, since clients send nothing else. A schema whose
 * type is not text may still convert it, such as `z.coerce.number()`: samples of text tell.
 *
 * @param input schema of all arguments
 * @param schema JSON Schema of the argument
 * @throws {InvalidHandlerError} every text has the wrong type
 */
export function assertTakesText(
  source: string,
  input: McpSchema,
  name: string,
  schema: unknown,
): void {
  const type = isJsonObject(schema) ? schema['type'] : undefined;
  if (typeof type !== 'string' || type === 'string') return;
  if (!SAMPLES.every((text) => hasWrongType(input, name, text))) return;
  throw new InvalidHandlerError(
    source,
    `its argument "${name}" is of the type ${type}, but clients send text. ${CURES[type] ?? CURE}`,
  );
}

const CURE = 'Take text and convert it, such as with z.string().transform(…).';
const CURES: Readonly<Record<string, string>> = {
  number: 'Write z.coerce.number(), which converts text.',
  integer: 'Write z.coerce.number().int(), which converts text.',
  boolean: 'Write z.stringbool(), which converts text.',
};

const SAMPLES = ['1', '0.5', 'true', 'text', '', '2026-01-31', '[]', '{}', 'null'];

/** Whether the schema refuses a text for its type, and not for its value. */
function hasWrongType(input: McpSchema, name: string, text: string): boolean {
  try {
    const result = input['~standard'].validate({ [name]: text });
    if (result instanceof Promise) {
      // What is not known at once is not refused.
      void result.catch(() => undefined);
      return false;
    }
    if (!result.issues) return false;
    return result.issues.some((issue) => keyOf(issue.path) === name && isOfType(issue));
  } catch {
    return false;
  }
}

type Path = readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;

/** The name of the argument; `undefined` for something inside of it. */
function keyOf(path: Path): unknown {
  const [first, ...rest] = path ?? [];
  if (rest.length > 0) return undefined;
  return typeof first === 'object' ? first.key : first;
}

/** The issue of a wrong type, as Zod, Valibot and ArkType mark it. */
function isOfType(issue: object): boolean {
  const { code, kind } = issue as { readonly code?: unknown; readonly kind?: unknown };
  return code === 'invalid_type' || kind === 'schema' || code === 'domain' || code === 'proto';
}
