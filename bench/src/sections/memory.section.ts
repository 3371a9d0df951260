import { measureRest, type Rest } from '../memory/at-rest.js';
import { bytesPerCall, measureGrowth, type GrowthSample } from '../memory/growth.js';
import { measureSessions, type SessionSample } from '../memory/idle-sessions.js';
import { toSvg } from '../report/bars.js';
import { toRow } from '../report/table.js';
import type { Target } from '../report/target.js';
import { NEST, OURS, SERVICE } from '../subjects.js';
import type { Section } from './section.js';

/** What this package takes at rest, leaves behind after a million calls, and keeps of a session. */
export const memory: Section = {
  name: 'memory',
  run: async ({ clerk }) => {
    const tokens = await clerk.tokensOfUsers(USERS);
    const snapshots = process.env['BENCH_SNAPSHOTS'] === '1';
    const run = { settings: clerk.settings, tokens, snapshots };
    const rest = await measureRest([NEST, OURS, SERVICE], run);
    const growth = await measureGrowth(OURS, run);
    const sessions = await measureSessions(OURS, run);
    return {
      title: 'Memory',
      about:
        'Each number is read after garbage was collected; at rest and of sessions, some seconds later and again, when V8 has handed back what it does not need.',
      table: [
        `At rest, some seconds after the first answer; the median of five starts:`,
        restTable(rest),
        `While calls come, at 64 connections. A call leaves ${toBytes(bytesPerCall(growth, 'modern'))} of heap behind in 2026-07-28, and ${toBytes(bytesPerCall(growth, 'legacy'))} on a session (the slope from the second sample of an era on):`,
        growthTable(growth),
        `Idle sessions of 2025-11-25, of ${USERS} users:`,
        sessionTable(sessions),
      ].join('\n\n'),
      targets: targetsOf(rest, growth, sessions),
      picture: growthPicture(growth),
      numbers: { rest, growth, sessions },
    };
  },
};

const USERS = 250;

function targetsOf(
  [nest, ours]: readonly Rest[],
  growth: readonly GrowthSample[],
  sessions: readonly SessionSample[],
): readonly Target[] {
  const [fewer, more] = sessions.slice(-2);
  const each = (of: (sample: SessionSample) => number) =>
    fewer && more ? (of(more) - of(fewer)) / (more.sessions - fewer.sessions) / 1_000 : Number.NaN;
  const megabytes = ((ours?.resident ?? Number.NaN) - (nest?.resident ?? 0)) / 2 ** 20;
  return [
    {
      what: 'Resident memory at rest, more than bare Nest on Fastify',
      measured: megabytes,
      atMost: 25,
      unit: ' MB',
    },
    ...(['modern', 'legacy'] as const).map((era) => ({
      what: `Heap that a call leaves behind, ${era === 'modern' ? '2026-07-28' : '2025-11-25'} (an object has 16 bytes or more)`,
      measured: bytesPerCall(growth, era),
      atMost: 8,
      unit: ' bytes',
    })),
    {
      what: 'Heap of an idle session',
      measured: each(({ heap }) => heap),
      atMost: 3,
      unit: ' KB',
    },
    {
      what: 'Resident memory of an idle session',
      measured: each(({ resident }) => resident),
      atMost: 3,
      unit: ' KB',
    },
  ];
}

function restTable(rows: readonly Rest[]): string {
  const [nest] = rows;
  return [
    '| server | heap MB | resident MB | heap MB more | resident MB more |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows.map(({ label, heap, resident }) =>
      toRow([
        label,
        toMegabytes(heap),
        toMegabytes(resident),
        toMegabytes(heap - (nest?.heap ?? 0)),
        toMegabytes(resident - (nest?.resident ?? 0)),
      ]),
    ),
  ].join('\n');
}

function growthTable(samples: readonly GrowthSample[]): string {
  return [
    '| calls | of which the last 100,000 | heap MB | buffers MB | resident MB |',
    '| ---: | --- | ---: | ---: | ---: |',
    ...samples.map(({ calls, era, heap, external, resident }) =>
      toRow([
        calls.toLocaleString('en'),
        era === 'modern' ? '2026-07-28' : '2025-11-25, on sessions',
        toMegabytes(heap, 2),
        toMegabytes(external, 2),
        toMegabytes(resident),
      ]),
    ),
  ].join('\n');
}

function growthPicture(samples: readonly GrowthSample[]): string {
  const most = Math.max(...samples.map(({ heap }) => heap));
  return toSvg({
    title: 'Heap after so many calls of tools/call',
    subtitle: 'After garbage was collected; the largest = 1. First half 2026-07-28, then sessions',
    bars: samples.map(({ calls, heap }) => ({
      label: `${calls.toLocaleString('en')} calls`,
      share: heap / most,
      text: `${toMegabytes(heap, 2)} MB`,
    })),
  });
}

function sessionTable(samples: readonly SessionSample[]): string {
  return [
    '| sessions | heap MB | resident MB | heap, bytes per session | resident, bytes per session |',
    '| ---: | ---: | ---: | ---: | ---: |',
    ...samples.map(({ sessions, heap, resident }, at) => {
      const before = samples[at - 1];
      const each = (bytes: number, earlier: number | undefined) =>
        before && earlier !== undefined
          ? ((bytes - earlier) / (sessions - before.sessions)).toFixed(0)
          : '–';
      return toRow([
        sessions.toLocaleString('en'),
        toMegabytes(heap),
        toMegabytes(resident),
        each(heap, before?.heap),
        each(resident, before?.resident),
      ]);
    }),
  ].join('\n');
}

function toMegabytes(bytes: number, digits = 1): string {
  return (bytes / 2 ** 20).toFixed(digits);
}

function toBytes(bytes: number): string {
  return `${bytes.toFixed(2)} bytes`;
}
