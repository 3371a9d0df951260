import { measure, ratioOf, type Contender } from '../load/rounds.js';
import { entryLoads, SUCCESS, type EntryLoad } from '../load/entry-loads.js';
import { toSvg } from '../report/bars.js';
import { ratioBar } from '../report/ratio-bar.js';
import type { Target } from '../report/target.js';
import type { SubjectSettings } from '../settings.js';
import { SERVICE, type Subject } from '../subjects.js';
import {
  ABOUT_ROWS,
  CONNECTIONS,
  measureRows,
  PROCESSES,
  rowsTable,
  rowTargets,
  WARM_UP,
} from './against-floors.js';
import type { Section } from './section.js';

/** What is no call of a tool, and what is refused. */
export const entries: Section = {
  name: 'entries',
  run: async ({ clerk }) => {
    const subject = { ...SERVICE, script: 'entries' };
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
      requests: 15 * CONNECTIONS,
    });
    const costs = await costsOfRefusals(loads, subject, clerk.settings);
    const title = 'Exchanges other than calls of tools';
    return {
      title,
      about: `${ABOUT_ROWS} ${ABOUT}`,
      table: rowsTable(measured),
      picture: toSvg({
        title,
        subtitle: 'Requests per CPU second of the server, bare Fastify with such an answer = 1',
        bars: measured.map(({ row, ours }) => ratioBar(ours, `the service: ${row.what}`)),
      }),
      targets: [...rowTargets(measured), ...costs],
      numbers: { measured },
    };
  },
};

const ABOUT =
  'The server is the service as shipped, with one more entry of each kind. Each `initialize` opens a session; above 32 of one user, it also closes the least used one.';

/**
 * A refusal must not cost more than a call that is answered. Both are measured in many short rounds of the same
 * processes, since the machine may be slower from one second to the next.
 */
async function costsOfRefusals(
  loads: readonly EntryLoad[],
  subject: Subject,
  settings: SubjectSettings,
): Promise<readonly Target[]> {
  const contender = ({ workload, token }: EntryLoad): Contender => ({
    subject,
    load: (round) => ({
      workload,
      tokens: [token],
      connections: CONNECTIONS,
      requests: round === 0 ? WARM_UP : 6 * CONNECTIONS,
    }),
  });
  const [call] = loads;
  const refusals = loads.filter(({ isRefused }) => isRefused);
  if (!call) return [];
  const [success, ...measured] = await measure([contender(call), ...refusals.map(contender)], {
    settings,
    rounds: 150,
    processes: PROCESSES,
  });
  if (!success) return [];
  return measured.map((refusal, at) => ({
    what: `${refusals[at]?.workload.name}: CPU time against a tools/call that is answered`,
    measured: 1 / ratioOf(refusal, success),
    atMost: 1,
    unit: ' ×',
  }));
}
