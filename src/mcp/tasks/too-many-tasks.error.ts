import { IntrinsicException } from '@nestjs/common';

/** There is no room for one more task, of this caller or at all. */
export class TooManyTasksError extends IntrinsicException {
  readonly code = 'TOO_MANY_TASKS';

  constructor() {
    super('Too many tasks are kept already. Wait until some have expired, and try again.');
    this.name = 'TooManyTasksError';
  }
}
