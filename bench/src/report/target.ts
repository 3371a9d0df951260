import { toRow } from './table.js';

/** A figure that this package is to reach. */
export type Target = {
  readonly what: string;
  readonly measured: number;
  /** Such as ` ×` or ` MB`. */
  readonly unit: string;
} & ({ readonly atLeast: number } | { readonly atMost: number });

/** Targets, what was measured, and whether they are met, as rows of a table in Markdown. */
export function targetRows(
  targets: readonly Target[],
  ...more: readonly string[]
): readonly string[] {
  return targets.map((target) => {
    const { what, measured, unit } = target;
    const value = `${toDigits(measured)}${unit}`;
    return toRow([what, boundOf(target), value, isMet(target) ? 'met' : '**missed**', ...more]);
  });
}

/** A table in Markdown of the targets of one section. */
export function targetTable(targets: readonly Target[]): string {
  return ['| target | | measured | |', '| --- | --- | ---: | --- |', ...targetRows(targets)].join(
    '\n',
  );
}

/** Whether it was reached. */
export function isMet(target: Target): boolean {
  const { measured } = target;
  return 'atLeast' in target ? measured >= target.atLeast : measured <= target.atMost;
}

function boundOf(target: Target): string {
  return 'atLeast' in target
    ? `at least ${target.atLeast}${target.unit}`
    : `at most ${target.atMost}${target.unit}`;
}

/** Enough of them to see by how much a target is missed. */
function toDigits(value: number): string {
  return `${Number(value.toPrecision(3))}`;
}
