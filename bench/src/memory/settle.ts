import { setTimeout } from 'node:timers/promises';
import type { SubjectProcess } from '../subject-process.js';
import type { Usage } from '../subject.js';

/** Memory of a process that has nothing to do: V8 hands pages back some seconds after it last worked. */
export async function settle(subject: SubjectProcess): Promise<Usage> {
  for (let turn = 1; turn < TURNS; turn += 1) {
    await subject.collect();
    await setTimeout(PAUSE_MS);
  }
  return subject.collect();
}

const TURNS = 3;
const PAUSE_MS = 4_000;
