import { IntrinsicException } from '@nestjs/common';

/** A call took longer than `limits.timeoutMs`. It is what the signal of the call aborts with. */
export class ToolTimeoutError extends IntrinsicException {
  readonly code = 'TOOL_TIMEOUT';

  /** @param timeoutMs milliseconds that the call had */
  constructor(
    tool: string,
    readonly timeoutMs: number,
  ) {
    super(`${tool} did not finish within ${timeoutMs / 1_000} seconds and was stopped.`);
    this.name = 'ToolTimeoutError';
  }
}
