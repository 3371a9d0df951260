/** `@Public()` stands beside a decorator that asks for a principal. */
export class ContradictoryAccessError extends Error {
  readonly code = 'CONTRADICTORY_ACCESS';

  constructor(target: object, key: string | symbol | undefined) {
    const type = typeof target === 'function' ? target.name : target.constructor.name;
    const place = key === undefined ? type : `${type}.${String(key)}`;
    super(
      `${place} is both @Public() and protected. Keep @Public() or the decorator that asks for a principal.`,
    );
    this.name = 'ContradictoryAccessError';
  }
}
