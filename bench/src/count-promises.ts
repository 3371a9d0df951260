import { createHook } from 'node:async_hooks';

/** Counts the promises of this process, as resources of async_hooks. It slows everything down. */
export class PromiseCount {
  private count = 0;
  private readonly hook = createHook({
    init: (_id, type) => {
      if (type === 'PROMISE') this.count += 1;
    },
  });

  start(): void {
    this.count = 0;
    this.hook.enable();
  }

  stop(): number {
    this.hook.disable();
    return this.count;
  }
}
