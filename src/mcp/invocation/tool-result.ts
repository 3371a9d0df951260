import { isCallToolResult, isSpecType, type CallToolResult } from '@modelcontextprotocol/server';
import { validate, type McpSchema } from '../catalog/schema.js';
import { InvalidToolOutputError } from './invalid-tool-output.error.js';

/**
 * What a handler returned, as a result on the wire. With an `output` schema the value is validated and
 * becomes `structuredContent` beside its JSON text; fields that the schema does not know are dropped.
 *
 * @throws {InvalidToolOutputError} the value does not fit the schema that the tool declares
 */
export async function toToolResult(
  source: string,
  output: McpSchema | undefined,
  returned: unknown,
): Promise<CallToolResult> {
  if (isWholeResult(returned)) {
    const plain = !output || returned.isError === true;
    return plain ? returned : { ...returned, ...(await structured(source, output, returned)) };
  }
  if (output) {
    const value = await validated(source, output, returned);
    return { content: [text(JSON.stringify(value))], structuredContent: value };
  }
  if (returned === undefined || returned === null) return { content: [] };
  if (typeof returned === 'string') return { content: [text(returned)] };
  if (isContent(returned)) return { content: returned };
  const content = [text(JSON.stringify(returned))];
  return isJsonObject(returned) ? { content, structuredContent: returned } : { content };
}

type Content = CallToolResult['content'];

const text = (value: string): Content[number] => ({ type: 'text', text: value });

/** A handler may build the result itself: an object with `content` blocks. */
function isWholeResult(value: unknown): value is CallToolResult {
  return isJsonObject(value) && Array.isArray(value['content']) && isCallToolResult(value);
}

async function structured(
  source: string,
  output: McpSchema,
  result: CallToolResult,
): Promise<Pick<CallToolResult, 'structuredContent'>> {
  return { structuredContent: await validated(source, output, result.structuredContent) };
}

async function validated(source: string, output: McpSchema, value: unknown) {
  const validation = await validate(output, value);
  if (!validation.ok) throw new InvalidToolOutputError(source, validation.issues);
  // The wire takes any JSON value here; the type of the SDK still says object.
  return validation.value as CallToolResult['structuredContent'] & {};
}

function isContent(value: unknown): value is Content {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((block: unknown) => isSpecType.ContentBlock(block))
  );
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
