import { resultsFile } from './results-file.js';
import { targetRows, type Target } from './target.js';

/** Writes `bench/results/README.md`: every target, from the last run of each section. */
export async function writeOverview(sections: readonly string[]): Promise<void> {
  const rows: string[] = [];
  for (const name of sections) {
    const json = await resultsFile(`${name}.json`).read();
    if (json === undefined) continue;
    const { targets = [], date } = JSON.parse(json) as Measured;
    rows.push(...targetRows(targets, `[${name}](${name}.md)`, date));
  }
  await resultsFile('README.md').write(
    [
      '# What was measured',
      'Written by `npm run bench`, from the last run of each section. A section runs alone with `npm run bench -- SECTION`.',
      [
        '| target | | measured | | section | of |',
        '| --- | --- | ---: | --- | --- | --- |',
        ...rows,
      ].join('\n'),
    ].join('\n\n'),
  );
}

/** What a section has written. */
interface Measured {
  readonly date: string;
  readonly targets?: readonly Target[];
}
