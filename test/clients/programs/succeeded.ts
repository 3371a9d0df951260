import { stripVTControlCharacters } from 'node:util';
import type { ProgramResult } from '../drive/program.js';

/** What a program wrote. Throws its last words if it failed or did not end. */
export function succeeded({ code, late, stderr, stdout }: ProgramResult): string {
  if (late) throw new Error(`does not end: ${lastWords(stdout, stderr)}`);
  if (code !== 0) throw new Error(`ends with ${code}: ${lastWords(stdout, stderr)}`);
  return stripVTControlCharacters(stdout);
}

/** The end of what a program wrote, on one line. */
export function lastWords(stdout: string, stderr: string): string {
  const words = stripVTControlCharacters(stderr.trim() === '' ? stdout : stderr);
  return words.replace(/\s+/g, ' ').trim().slice(-LONGEST);
}

const LONGEST = 200;
