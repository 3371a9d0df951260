import { setTimeout } from 'node:timers/promises';
import { median } from '../load/median.js';
import type { Attack } from './attack.js';
import { Attacker, type Answer } from './attacker.js';
import { allAttacks } from './attacks.js';
import type { HostileService } from './hostile-service.js';

/** What one attack costs the service, alone and in peace. Milliseconds, medians over the goes. */
export interface AttackCost {
  readonly name: string;
  readonly status: number | undefined;
  /** Whether the request was refused. */
  readonly isRefused: boolean;
  /** Bytes of the body. */
  readonly bytes: number;
  /** Of one request, where a go is several, or a batch that counts as such. */
  readonly cpuMillis: number;
  /** Of the event loop, in a whole go. */
  readonly longestBlockMs: number;
  /** What a refused request may take: {@link boundOf}. `undefined` for any other. */
  readonly boundMs: number | undefined;
}

/**
 * Measures each attack alone, or those that `BENCH_ATTACKS` matches. Each comes from an address of its
 * own, so that no limit of requests is what refuses it.
 */
export async function measureCosts(
  service: HostileService,
  tokenOf: () => Promise<string>,
): Promise<readonly AttackCost[]> {
  const only = new RegExp(process.env['BENCH_ATTACKS'] ?? '');
  const costs: AttackCost[] = [];
  for (const [at, attack] of allAttacks().entries()) {
    if (!only.test(attack.name)) continue;
    const token = attack.who === 'signed in' ? await tokenOf() : undefined;
    const address = `127.0.${1 + Math.floor(at / 250)}.${1 + (at % 250)}`;
    costs.push(await measureCost(service, attack, { url: service.url, address, token }));
  }
  return costs;
}

async function measureCost(
  service: HostileService,
  attack: Attack,
  options: ConstructorParameters<typeof Attacker>[0],
): Promise<AttackCost> {
  const attacker = new Attacker(options);
  // A dearer go is made less often: the limit of requests of its caller is the default one.
  const goes = Math.max(1, Math.min(GOES, Math.floor(500 / (attack.requests ?? 1)) - WARM_UPS));
  const samples: Sample[] = [];
  let answer: Answer | undefined;
  for (let n = 0; n < goes + WARM_UPS; n += 1) {
    const before = await service.probe();
    const started = performance.now();
    answer = await attack.go(attacker, n);
    // What the service does once it has answered belongs to the request.
    await setTimeout(SETTLE_MS);
    const after = await service.probe();
    if (n < WARM_UPS) continue;
    const idle = (performance.now() - started) * IDLE_SHARE;
    samples.push({
      cpuMillis: Math.max(0, after.cpuMillis - before.cpuMillis - idle),
      longestBlockMs: after.longestBlockMs,
    });
  }
  attacker.close();
  const body = answer?.body ?? '';
  const isRefused =
    answer !== undefined && (answer.status >= 400 || answer.text.includes('"error"'));
  return {
    name: attack.name,
    status: answer?.status,
    isRefused,
    bytes: Buffer.byteLength(body),
    cpuMillis: median(samples.map(({ cpuMillis }) => cpuMillis)) / (attack.requests ?? 1),
    longestBlockMs: median(samples.map(({ longestBlockMs }) => longestBlockMs)),
    boundMs: isRefused ? boundOf(body) : undefined,
  };
}

interface Sample {
  readonly cpuMillis: number;
  readonly longestBlockMs: number;
}

/**
 * The CPU time that a refused request may take: three times what `JSON.parse` takes for a flat body of
 * its size, and 20 ms. A flat body is a list of short texts; or the body itself, where that is flat, since
 * an object of many members is dearer and nothing tells before it is parsed.
 */
function boundOf(body: Buffer | string): number {
  const text = body.toString();
  const list = `[${'"0123456789abcdef",'.repeat(Math.max(0, text.length / 19 - 1))}1]`;
  const own = /[[{]{100}/.test(text) ? 0 : parseMillis(text);
  return 3 * Math.max(own, parseMillis(list)) + 20;
}

function parseMillis(text: string): number {
  const samples = Array.from({ length: GOES }, () => {
    const before = process.cpuUsage();
    try {
      JSON.parse(text);
    } catch {
      // What is no JSON takes the parser some time as well.
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return median(samples);
}

const GOES = 7;
const WARM_UPS = 3;
const SETTLE_MS = 60;
/** CPU time of the service while it has nothing to do. */
const IDLE_SHARE = 0.005;
