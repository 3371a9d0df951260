import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Adds a line to the log of a client. */
export type Log = (line: string) => void;

/** The log of one client, kept in memory until it is written. */
export class ClientLog {
  readonly #lines: string[] = [];

  readonly add: Log = (line) => {
    if (this.#lines.length < MOST_LINES) this.#lines.push(withoutSecrets(line));
  };

  get lines(): readonly string[] {
    return this.#lines;
  }

  async write(path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${this.#lines.join('\n')}\n`);
  }
}

/** The first digits of SHA-256 of lines. */
export function digestOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, DIGITS);
}

/** A text in which tokens, codes, keys and secrets are replaced by `***`. */
export function withoutSecrets(text: string): string {
  return SECRETS.reduce((rest, [pattern, put]) => rest.replace(pattern, put), text);
}

const MOST_LINES = 20_000;
const DIGITS = 10;
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]{5,}(\.[\w-]*){0,2}/g, '***'],
  [/\b(bearer|basic)\s+(?!\d{4}-)[\w.~+/=-]{8,}/gi, '$1 ***'],
  [/\b(sk|whsec|ak|mt|oat|ort|rt|at)_[\w-]{8,}/gi, '$1_***'],
  [
    /((?:access_token|refresh_token|id_token|client_secret|code|code_verifier|code_challenge|state|registration_access_token|session|ticket)["']?(?:=|%3D|\s*:\s*["']))[\w.~+/%=-]{6,}/gi,
    '$1***',
  ],
];
