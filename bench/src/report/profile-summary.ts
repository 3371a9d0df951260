import { existsSync, readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Time that one place of the code has taken itself, as a share of the time on the CPU. */
export interface Share {
  readonly place: string;
  readonly percent: number;
}

/** Sums a CPU profile up: by package, and by function. */
export function summarize(
  profile: Profiler.Profile,
  top: number,
): { readonly packages: readonly Share[]; readonly functions: readonly Share[] } {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const packages = new Map<string, number>();
  const functions = new Map<string, number>();
  let total = 0;
  for (const [at, id] of (profile.samples ?? []).entries()) {
    const found = nodes.get(id);
    const frame = found && sourceOf(found);
    const micros = profile.timeDeltas?.[at] ?? 0;
    if (!frame || frame.functionName === '(idle)') continue;
    total += micros;
    const owner = ownerOf(frame);
    add(packages, owner, micros);
    add(functions, `${frame.functionName || '(anonymous)'} — ${placeOf(frame, owner)}`, micros);
  }
  return { packages: shares(packages, total, top), functions: shares(functions, total, top) };
}

interface Frame {
  readonly functionName: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

const MAPS = new Map<string, SourceMap | undefined>();

/** Where a function stands in the sources: the build joins many of them in one file. */
function sourceOf(frame: Frame): Frame {
  const map = mapOf(frame.url);
  const entry = map?.findEntry(frame.lineNumber, frame.columnNumber);
  if (!entry || !('originalSource' in entry)) return frame;
  return { ...frame, url: entry.originalSource, lineNumber: entry.originalLine };
}

function mapOf(url: string): SourceMap | undefined {
  if (!url.startsWith('file:') || url.includes('/node_modules/')) return undefined;
  if (!MAPS.has(url)) {
    const file = `${fileURLToPath(url)}.map`;
    const map = existsSync(file)
      ? new SourceMap(JSON.parse(readFileSync(file, 'utf8')))
      : undefined;
    MAPS.set(url, map);
  }
  return MAPS.get(url);
}

function ownerOf({ url, functionName }: Frame): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'V8 and built-ins';
  if (url.startsWith('node:'))
    return url.split('/')[0] === 'node:internal' ? 'node (internal)' : 'node';
  const [, packed] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (packed) return packed;
  const [, room] = /(?:^|\/)src\/(.+?)\/[^/]+$/.exec(url) ?? [];
  return room ? `ours: ${room}` : 'the bench itself';
}

function placeOf({ url, lineNumber }: Frame, owner: string): string {
  const file = url.split('/').at(-1) ?? '';
  return file === '' ? owner : `${owner}, ${file}:${lineNumber + 1}`;
}

function add(sums: Map<string, number>, key: string, micros: number): void {
  sums.set(key, (sums.get(key) ?? 0) + micros);
}

function shares(sums: ReadonlyMap<string, number>, total: number, top: number): readonly Share[] {
  return [...sums]
    .map(([place, micros]) => ({ place, percent: (100 * micros) / total }))
    .toSorted((one, other) => other.percent - one.percent)
    .slice(0, top);
}
