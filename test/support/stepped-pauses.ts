import type { TestingModuleBuilder } from '@nestjs/testing';
import { DRAIN_PAUSE, type Pause } from '../../src/drain/service-drain.js';

/** The waits of a drain, which end when the test says so. */
export class SteppedPauses {
  private readonly open: { readonly milliseconds: number; readonly end: () => void }[] = [];

  /** What is waited for now, in milliseconds. */
  get waiting(): readonly number[] {
    return this.open.map(({ milliseconds }) => milliseconds);
  }

  /** Ends the oldest wait. */
  end(): void {
    this.open[0]?.end();
  }

  readonly override = (builder: TestingModuleBuilder): TestingModuleBuilder =>
    builder
      .overrideProvider(DRAIN_PAUSE)
      .useValue((milliseconds: number) => this.pause(milliseconds));

  private pause(milliseconds: number): Pause {
    let resolve = (): void => undefined;
    const over = new Promise<void>((then) => (resolve = then));
    const end = (): void => {
      const at = this.open.indexOf(entry);
      if (at >= 0) this.open.splice(at, 1);
      resolve();
    };
    const entry = { milliseconds, end };
    this.open.push(entry);
    return { over, cancel: end };
  }
}
