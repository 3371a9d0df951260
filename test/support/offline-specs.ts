import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The specs that open no port and start no process: neither they nor what they import of `test` knows
 * how. Compilers are left out as well: what they check takes longer than all the rest.
 */
export function offlineSpecs(): string[] {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.spec.ts') && !/^(conformance|package)\b/.test(file))
    .map((file) => join('test', file))
    .filter((file) => !isOnline(file, new Set()))
    .toSorted();
}

function isOnline(file: string, seen: Set<string>): boolean {
  if (seen.has(file) || !existsSync(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  if (ONLINE.test(text)) return true;
  const imports = text.matchAll(/from '(\.[^']+)\.js'/g);
  return [...imports].some(([, path = '']) => {
    const target = join(dirname(file), `${path}.ts`);
    return target.startsWith('test') && isOnline(target, seen);
  });
}

const ONLINE =
  /\.listen\(|startClerk\w+\(|createMcpTest\(|createServer\(|node:child_process|ts\.createProgram/;
