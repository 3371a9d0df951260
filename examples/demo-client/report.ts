/** Prints one line for each step, and records whether a step failed. */
export class Report {
  private steps = 0;
  private failures = 0;

  title(text: string): void {
    process.stdout.write(`\n${text}\n`);
  }

  done(step: string, detail = ''): void {
    this.steps += 1;
    process.stdout.write(`  ok    ${step.padEnd(15)} ${detail}\n`);
  }

  failed(error: unknown): void {
    this.failures += 1;
    process.stdout.write(`  FAIL  ${error instanceof Error ? error.message : String(error)}\n`);
  }

  /** Runs one step; its result is printed, its error ends the demo. */
  async step<T>(name: string, run: () => Promise<T>, detail: (result: T) => string): Promise<T> {
    try {
      const result = await run();
      this.done(name, detail(result));
      return result;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${name}: ${reason}`, { cause });
    }
  }

  /** Prints the last line, and sets the exit code 1 if a step has failed. */
  finish(): void {
    const { steps, failures } = this;
    process.stdout.write(
      `\n${failures === 0 ? `All ${steps} steps passed.` : 'The demo failed.'}\n`,
    );
    process.exitCode = failures === 0 ? 0 : 1;
  }
}

/** Throws if the condition is false. */
export function expect(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Error(`expected ${promise}`);
}
