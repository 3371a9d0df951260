import type { CallToolResult, InputRequiredResult } from '@modelcontextprotocol/server';

/**
 * A result that is one JSON object and its text, kept as JSON: what answers directly need not build
 * the object, and writes it once.
 */
export class StructuredResult {
  /** @param json text of an object, as `JSON.stringify` writes it */
  constructor(readonly json: string) {}

  /** The same as the protocol has it. */
  toCallToolResult(): CallToolResult {
    return {
      content: [{ type: 'text', text: this.json }],
      structuredContent: JSON.parse(this.json),
    };
  }
}

/** What a call of a tool resolves to. */
export type ToolOutcome = CallToolResult | InputRequiredResult | StructuredResult;

/** An outcome as the protocol has it. */
export function toWireResult<R>(outcome: R | StructuredResult): R | CallToolResult {
  return outcome instanceof StructuredResult ? outcome.toCallToolResult() : outcome;
}
