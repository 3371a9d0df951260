import { stripVTControlCharacters } from 'node:util';
import type { ProgramResult } from '../drive/program.js';

/** What a program wrote. Throws its last words if it failed or did not end. */
export function succeeded({ code, late, stderr, stdout }: ProgramResult): string {
  if (late) throw new Error(`does not end: ${lastWords(stdout, stderr)}`);
  if (code !== 0) throw new Error(`ends with ${code}: ${lastWords(stdout, stderr)}`);
  return stripVTControlCharacters(stdout);
}

/** The error that a program wrote, without its stack; else the end of what it wrote. On one line. */
export function lastWords(stdout: string, stderr: string): string {
  const words = stripVTControlCharacters(stderr.trim() === '' ? stdout : stderr);
  const error = /^.*?\b\w*Error: (.*)$/m.exec(words)?.[1];
  if (error !== undefined) return error.trim().slice(0, LONGEST);
  return words.replace(/\s+/g, ' ').trim().slice(-LONGEST);
}

const LONGEST = 200;
