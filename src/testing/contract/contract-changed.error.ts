/** What the server promises is not what was reviewed. */
export class ContractChangedError extends Error {
  readonly code = 'CONTRACT_CHANGED';

  constructor(
    file: string,
    /** What changed, by path, such as `tools.add_note.access`. */
    readonly changes: readonly string[],
  ) {
    super(
      `The contract of the server is not the one in ${file}:\n${changes.map((change) => `  ${change}`).join('\n')}\nReview the changes, then write them with { update: true }.`,
    );
    this.name = 'ContractChangedError';
  }
}
