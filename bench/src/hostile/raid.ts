import { setTimeout } from 'node:timers/promises';
import type { BenchClerk } from '../clerk.js';
import type { AttackerOptions } from './attacker.js';
import type { Raid, RaidOutcome } from './attackers.js';
import type { GoodCalls, GoodCallsOutcome } from './good-caller.js';
import { HostileService } from './hostile-service.js';
import type { Probe } from './service-probe.js';
import { ResidentMemory } from './resident-memory.js';
import { WorkerProcess } from './worker-process.js';

/** How long the parts of a raid last. Seconds. */
export interface RaidSeconds {
  readonly peace: number;
  readonly attack: number;
}

/** What a raid did to the service and to one caller who behaves. */
export interface RaidReport {
  readonly mode: string;
  readonly before: GoodCallsOutcome;
  readonly during: GoodCallsOutcome;
  readonly after: GoodCallsOutcome;
  readonly attacks: RaidOutcome;
  readonly isAlive: boolean;
  /** What the process said last, where it died. */
  readonly lastWords: string;
  /** Megabytes that were resident at most. */
  readonly peakMegabytes: number;
  /** The same, second by second. */
  readonly residentMegabytes: readonly number[];
  /** Share of a core that the service used during the attack. */
  readonly cpuShare: number;
  /** Share of the attack in which it could have run, and others had all cores. */
  readonly waitingShare: number;
  /** The longest time that its event loop was blocked then. */
  readonly longestBlockMs: number;
}

/** Ways to ask callers to sign in, by the environment of the service. */
export const MODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'MCP_SIGN_IN=call': { MCP_SIGN_IN: 'call' },
  default: {},
};

/**
 * Attacks the service with all attacks at once, from anonymous addresses and from people who signed in,
 * all within the default limits of requests; beside them calls somebody who behaves.
 */
export async function raid(
  mode: string,
  clerk: BenchClerk,
  { peace, attack }: RaidSeconds,
): Promise<RaidReport> {
  const service = await HostileService.start(clerk.settings, MODES[mode] ?? {});
  const memory = new ResidentMemory(service.pid);
  const caller = new WorkerProcess<GoodCalls, GoodCallsOutcome>('good-caller');
  const attackers = new WorkerProcess<Raid, RaidOutcome>('attackers');
  try {
    const { url } = service;
    const token = await clerk.tokenOfNewClient();
    const call = (seconds: number) => caller.run({ url, token, seconds });
    await Promise.all([call(WARM_UP_SECONDS), attackers.run({ attackers: [], seconds: 0 })]);
    const before = await call(peace);
    const used = await probe(service);
    const waited = await service.waitedForCoreMs();
    const [during, attacks] = await Promise.all([
      call(attack),
      attackers.run({ attackers: await attackersOf(url, clerk), seconds: attack }),
    ]);
    const { cpuMillis, longestBlockMs } = await probe(service);
    const cpuShare = (cpuMillis - used.cpuMillis) / (attack * 1_000);
    const waitingShare = ((await service.waitedForCoreMs()) - waited) / (attack * 1_000);
    // What the attackers have left behind is still to be seen.
    if (service.isAlive) await setTimeout(PAUSE_MS);
    const after = await call(peace);
    return {
      mode,
      before,
      during,
      after,
      attacks,
      isAlive: service.isAlive,
      lastWords: service.lastWords,
      peakMegabytes: memory.peak,
      residentMegabytes: memory.samples,
      cpuShare,
      waitingShare,
      longestBlockMs,
    };
  } finally {
    memory.stop();
    caller.stop();
    attackers.stop();
    await service.stop();
  }
}

async function probe(service: HostileService): Promise<Probe> {
  const gone = { cpuMillis: Number.NaN, longestBlockMs: Number.NaN };
  return service.isAlive ? service.probe().catch(() => gone) : gone;
}

/** Two addresses, and two people, of whom one has two clients that share what one caller may do. */
async function attackersOf(url: string, clerk: BenchClerk): Promise<readonly AttackerOptions[]> {
  const person = clerk.newUser();
  return [
    { url, address: '127.0.0.2' },
    { url, address: '127.0.0.3' },
    { url, address: '127.0.0.4', token: await clerk.tokenOfNewClient() },
    { url, address: '127.0.0.5', token: await clerk.tokenOfNewClient(person), share: 0.5 },
    { url, address: '127.0.0.6', token: await clerk.tokenOfNewClient(person), share: 0.5 },
  ];
}

const WARM_UP_SECONDS = 5;
const PAUSE_MS = 3_000;
