/** Two access decorators of one class or method exclude each other. */
export class ContradictoryAccessError extends Error {
  readonly code = 'CONTRADICTORY_ACCESS';

  /** @param what is wrong, and what to do */
  constructor(
    target: object,
    key: string | symbol | undefined,
    what = 'is both @Public() and protected. Keep @Public() or the decorator that asks for a principal.',
  ) {
    const type = typeof target === 'function' ? target.name : target.constructor.name;
    const place = key === undefined ? type : `${type}.${String(key)}`;
    super(`${place} ${what}`);
    this.name = 'ContradictoryAccessError';
  }
}
