import { ratioOf } from '../load/rounds.js';
import { entryLoads, SUCCESS, type EntryLoad } from '../load/entry-loads.js';
import { toSvg } from '../report/bars.js';
import { ratioBar } from '../report/ratio-bar.js';
import type { Target } from '../report/target.js';
import { OURS } from '../subjects.js';
import {
  ABOUT_ROWS,
  measureRows,
  rowsTable,
  rowTargets,
  type MeasuredRow,
} from './against-floors.js';
import type { Section } from './section.js';

/** What is no call of a tool, and what is refused. */
export const entries: Section = {
  name: 'entries',
  run: async ({ clerk }) => {
    const subject = { ...OURS, script: 'entries' };
    const loads = await entryLoads(clerk);
    const rows = loads.map(({ workload, token }) => ({
      what: workload.name,
      subject,
      workload,
      token,
      ...(workload !== SUCCESS && { atLeast: 0.5 }),
    }));
    const measured = await measureRows(rows, {
      settings: clerk.settings,
      rounds: 11,
      requests: 15 * 64,
    });
    const title = 'Exchanges other than calls of tools';
    return {
      title,
      about: `${ABOUT_ROWS} ${ABOUT}`,
      table: rowsTable(measured),
      picture: toSvg({
        title,
        subtitle: 'Requests per CPU second of the server, bare Fastify with such an answer = 1',
        bars: measured.map(({ row, ours }) => ratioBar(ours, `nestjs-clerk-mcp: ${row.what}`)),
      }),
      targets: [...rowTargets(measured), ...costsOfRefusals(measured, loads)],
      numbers: { measured },
    };
  },
};

const ABOUT =
  'The server is the module with the limits and the audit log of the service, and one entry of each kind. Each `initialize` opens a session; above 32 of one user, it also closes the least used one.';

/** A refusal must not cost more than a call that is answered. */
function costsOfRefusals(
  measured: readonly MeasuredRow[],
  loads: readonly EntryLoad[],
): readonly Target[] {
  const success = measured.find(({ row }) => row.workload === SUCCESS);
  if (!success) return [];
  return measured
    .filter((_row, at) => loads[at]?.isRefused)
    .map(({ row, ours }) => ({
      what: `${row.what}: CPU time against a tools/call that is answered`,
      measured: 1 / ratioOf(ours, success.ours),
      atMost: 1,
      unit: ' ×',
    }));
}
