import { join } from 'node:path';
import type { Log } from '../drive/log.js';
import { startService, startWithClerk, type Subject } from '../subjects/subject.js';
import { ACCESS_TOKEN_SECONDS, firstUse, refresh, stepUp, type Flow } from './flows.js';

/** The servers of one sign-in mode. One client at a time uses each. */
export interface Lab {
  /** The value of `MCP_SIGN_IN`. */
  readonly mode: string;
  readonly flows: readonly (readonly [name: string, flow: Flow, subject: Subject])[];
  stop(): Promise<void>;
}

export async function startLab(mode: string, folder: string, log: Log): Promise<Lab> {
  const started = await Promise.allSettled([
    startService(join(folder, 'service'), mode, log),
    startWithClerk('service', join(folder, 'refresh'), mode, ACCESS_TOKEN_SECONDS, log),
    startWithClerk('notes', join(folder, 'notes'), mode, DAY, log),
  ]);
  const stop = async () => {
    for (const each of started) if (each.status === 'fulfilled') await each.value.stop();
  };
  const [service, short, notes] = started;
  if (service.status === 'rejected' || short.status === 'rejected' || notes.status === 'rejected') {
    await stop();
    throw started.find((each) => each.status === 'rejected')?.reason;
  }
  return {
    mode,
    flows: [
      ['use', firstUse, service.value],
      ['refresh', refresh, short.value],
      ['step-up', stepUp, notes.value],
    ],
    stop,
  };
}

const DAY = 86_400;
