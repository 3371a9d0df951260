/** Two handlers claim the same name or URI. Stops the boot. */
export class DuplicateEntryError extends Error {
  readonly code = 'DUPLICATE_ENTRY';

  constructor(kind: string, key: string, first: string, second: string) {
    super(
      first === second
        ? `The ${kind} "${key}" is there twice: two modules provide the class of ${first}. Provide it in one module and export it from there. One that was added must be removed first.`
        : `Two ${kind}s are named "${key}": ${first} and ${second}. Give one of them another name.`,
    );
    this.name = 'DuplicateEntryError';
  }
}
