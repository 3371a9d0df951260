import { IntrinsicException } from '@nestjs/common';

/** As many calls of a tool are running as may, at all or for this caller. Nothing has run. */
export class ToolBusyError extends IntrinsicException {
  readonly code = 'TOOL_BUSY';

  /** @param whose calls have filled the limit */
  constructor(tool: string, whose: 'all' | 'caller') {
    super(
      whose === 'all'
        ? `${tool} is busy: too many calls of it are running. Try again later.`
        : `Too many of your calls of ${tool} are running. Wait until one has finished, and try again.`,
    );
    this.name = 'ToolBusyError';
  }
}
