/** The output of a tool was asked for, and the tool had answered an error. */
export class ToolFailedError extends Error {
  readonly code = 'TOOL_FAILED';

  constructor(tool: string, text: string) {
    super(`The tool ${tool} answered an error: ${text}`);
    this.name = 'ToolFailedError';
  }
}
