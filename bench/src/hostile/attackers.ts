import { setTimeout } from 'node:timers/promises';
import { makeBodies, type Attack } from './attack.js';
import { Attacker, type Answer, type AttackerOptions } from './attacker.js';
import { allAttacks } from './attacks.js';
import { serveJobs } from './worker-process.js';

/** Attackers, each with all attacks that it can do, mixed, and within the default limits. */
export interface Raid {
  readonly attackers: readonly AttackerOptions[];
  readonly seconds: number;
}

/** How often each attack was made, and how it was answered. */
export type RaidOutcome = Readonly<Record<string, AttackTally>>;

export interface AttackTally {
  readonly goes: number;
  /** How often each status was answered; 0 where the connection was closed, `-` without an answer. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** Of the default limit of 600 in a minute. */
const REQUESTS_PER_SECOND = 9.5;
/** Of the default limit of 30 in a minute, which refuses an address that reaches it. */
const FAILURES_PER_SECOND = 0.4;
/** Goes of one attacker whose answer has not come. */
const MOST_AT_A_TIME = 8;

serveJobs(async ({ attackers, seconds }: Raid): Promise<RaidOutcome> => {
  const tallies = new Map<string, { goes: number; statuses: Record<string, number> }>();
  const onAnswer = ({ name }: Attack, answer: Answer | undefined) => {
    const tally = tallies.get(name) ?? { goes: 0, statuses: {} };
    tallies.set(name, tally);
    const status = answer?.status ?? '-';
    tally.goes += 1;
    tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
  };
  const end = performance.now() + seconds * 1_000;
  await Promise.all(attackers.map((options, at) => attack(options, at, end, onAnswer)));
  return Object.fromEntries(tallies);
});

async function attack(
  options: AttackerOptions,
  seed: number,
  end: number,
  onAnswer: (attack: Attack, answer: Answer | undefined) => void,
): Promise<void> {
  const attacker = new Attacker(options);
  const pace = REQUESTS_PER_SECOND * (options.share ?? 1);
  const attacks = shuffled(attacksOf(options.token), seed);
  const running = new Set<Promise<void>>();
  let nextAt = performance.now();
  let nextFailureAt = nextAt;
  for (let n = 0; performance.now() < end; n += 1) {
    const next = attacks[n % attacks.length];
    if (!next) break;
    if (next.fails && performance.now() < nextFailureAt) continue;
    if (next.fails) nextFailureAt = performance.now() + 1_000 / FAILURES_PER_SECOND;
    const go = makeGo(next, attacker, n + seed * 1_000_000, onAnswer);
    running.add(go);
    void go.finally(() => running.delete(go));
    nextAt += ((next.requests ?? 1) * 1_000) / pace;
    const pause = Math.min(nextAt, end) - performance.now();
    await setTimeout(Math.max(1, pause));
    if (running.size >= MOST_AT_A_TIME) await Promise.race(running);
  }
  // What still waits is let go of.
  await Promise.race([Promise.all(running), setTimeout(LINGER_MS)]);
  attacker.close();
}

async function makeGo(
  attack: Attack,
  attacker: Attacker,
  n: number,
  onAnswer: (attack: Attack, answer: Answer | undefined) => void,
): Promise<void> {
  onAnswer(attack, await attack.go(attacker, n));
}

const LINGER_MS = 2_000;

/** What an attacker can do. All share the bodies. */
function attacksOf(token: string | undefined): readonly Attack[] {
  const mine = token === undefined ? 'anonymous' : 'signed in';
  return ALL.filter(({ who = mine }) => who === mine);
}

const ALL = allAttacks();
makeBodies();

/** The same order in every run. */
function shuffled(attacks: readonly Attack[], seed: number): readonly Attack[] {
  let state = seed + 1;
  const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
  return attacks
    .map((attack) => ({ attack, at: random() }))
    .toSorted((one, other) => one.at - other.at)
    .map(({ attack }) => attack);
}
