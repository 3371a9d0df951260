import { startBenchClerk } from './clerk.js';
import { targetTable } from './report/target.js';
import { writeOverview } from './report/write-overview.js';
import { writeReport } from './report/write-report.js';
import { SECTIONS } from './sections.js';

/**
 * `npm run bench [-- SECTION ...]`: all sections, or those that are named. `--seconds N` is of `hostile`;
 * `--rounds N` shortens the others, for a first impression that is not written to the results.
 */
const OPTIONS: readonly (string | undefined)[] = ['--seconds', '--rounds'];
const asked = process.argv.slice(2).filter((word, at, words) => !isOption(word, words[at - 1]));
const names = SECTIONS.map(({ name }) => name);
const unknown = asked.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  throw new Error(`No such section: ${unknown.join(', ')}. There are ${names.join(', ')}.`);
}
const clerk = await startBenchClerk();
try {
  for (const { name, run } of SECTIONS) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    const started = performance.now();
    try {
      const report = await run({ clerk });
      if ('skipped' in report) {
        console.log(`\n${name}: skipped. ${report.skipped}`);
        continue;
      }
      if (!process.argv.includes('--rounds')) {
        await writeReport(name, report);
        await writeOverview(names);
      }
      console.log(`\n# ${report.title}\n\n${report.about}\n\n${report.table}`);
      if (report.targets) console.log(`\n${targetTable(report.targets)}`);
    } catch (cause) {
      // The others can still be measured.
      console.error(`\n${name} failed:`, cause);
      process.exitCode = 1;
    }
    console.log(`\n(${name}: ${((performance.now() - started) / 1000).toFixed(0)} s)`);
  }
} finally {
  await clerk.close();
}

function isOption(word: string, before: string | undefined): boolean {
  return OPTIONS.some((option) => option === word || option === before);
}
