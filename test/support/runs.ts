/**
 * How many cases a property is held against: `TEST_RUNS` times as many as usual, fewer where each is
 * run once per mutant.
 */
export const runs = (cases: number): number => Math.ceil(cases * FACTOR);

const FACTOR =
  process.env['STRYKER_MUTATOR_WORKER'] === undefined
    ? Number(process.env['TEST_RUNS'] ?? 1)
    : 1 / 20;
