import { openSessions } from '../load/sessions.js';
import { SubjectProcess } from '../subject-process.js';
import type { Subject } from '../subjects.js';
import { memoryBytes, type MemoryBytes } from './memory-bytes.js';
import type { MemoryRun } from './memory-run.js';
import { settle } from './settle.js';

/** Memory with so many idle sessions, some seconds after the last was opened. Bytes. */
export interface SessionSample extends MemoryBytes {
  readonly sessions: number;
}

/** Opens sessions of many users and leaves them alone. */
export async function measureSessions(
  server: Subject,
  { settings, tokens, snapshots }: MemoryRun,
): Promise<readonly SessionSample[]> {
  const subject = await SubjectProcess.start(server.script, settings, server);
  const samples: SessionSample[] = [];
  let sessions = 0;
  try {
    for (const count of COUNTS) {
      await openSessions(subject.url, tokens, count - sessions);
      sessions = count;
      samples.push({ sessions, ...memoryBytes(await settle(subject)) });
      if (snapshots) await subject.heapSnapshot();
    }
  } finally {
    await subject.stop();
  }
  return samples;
}

/** The first sessions of each user make room in caches, which is none of the cost of the others. */
const COUNTS = [500, 2_000, 4_000];
