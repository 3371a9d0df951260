/** How many cases a property is held against; fewer where each is run once per mutant. */
export const runs = (cases: number): number =>
  process.env['STRYKER_MUTATOR_WORKER'] === undefined ? cases : Math.ceil(cases / 20);
