import { IntrinsicException } from '@nestjs/common';

/** Why the signal of a task has aborted: it was cancelled, it expired, or the server shuts down. */
export class TaskStoppedError extends IntrinsicException {
  readonly code = 'TASK_STOPPED';

  constructor(reason: string) {
    super(reason);
    this.name = 'TaskStoppedError';
  }
}
