import { echoCall } from '../load/workload.js';
import { EXPRESS_FLOOR, OURS } from '../subjects.js';
import { ABOUT_ROWS, measureRows, rowsTable, rowTargets } from './against-floors.js';
import type { Section } from './section.js';

/** The module on Express, against bare Express. */
export const express: Section = {
  name: 'express',
  run: async ({ clerk }) => {
    const [token = ''] = await clerk.tokens(1);
    const on = { ...OURS, args: ['express'], label: `${OURS.label} on Express` };
    const measured = await measureRows(
      [
        {
          what: 'tools/call on Express, 2026-07-28',
          subject: on,
          workload: echoCall('modern'),
          token,
          bare: EXPRESS_FLOOR,
          atLeast: 0.6,
        },
        {
          what: 'tools/call on Express, 2025-11-25 on a session',
          subject: { ...on },
          workload: echoCall('legacy'),
          token,
          bare: EXPRESS_FLOOR,
        },
        {
          what: 'tools/call on Fastify, 2026-07-28',
          subject: OURS,
          workload: echoCall('modern'),
          token,
        },
      ],
      { settings: clerk.settings, rounds: 15 },
    );
    return {
      title: 'tools/call on Express',
      about: ABOUT_ROWS,
      table: rowsTable(measured),
      targets: rowTargets(measured),
      numbers: { measured },
    };
  },
};
