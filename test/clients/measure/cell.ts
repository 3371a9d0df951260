import type { Client, Column, Era } from '../client-driver.js';

/** `ok`, `again` (it works, but the person is asked again), `no`, or `–` (it cannot be measured). */
export type Grade = 'ok' | 'again' | 'no' | '–';

export interface Cell {
  readonly grade: Grade;
  /** Why, or what to know. */
  readonly remark?: string;
}

/** One client, in one era and one sign-in mode. */
export interface Row {
  readonly client: string;
  readonly mode: string;
  readonly era: Era;
  readonly version: string;
  readonly node: string;
  /** The protocol revision that it spoke. */
  readonly revision: string;
  readonly cells: Readonly<Record<Column, Cell>>;
  /** Day of the measurement, UTC. */
  readonly date: string;
  /** First digits of SHA-256 of the log. */
  readonly digest: string;
}

/** What identifies a row. */
export function keyOf({ client, mode, era }: Pick<Row, 'client' | 'mode' | 'era'>): string {
  return `${client} ${era} ${mode}`;
}

/** The text of an error as a remark: its first line, without addresses of this machine. */
export function remarkOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const [line = ''] = text.trim().split('\n');
  return (
    line
      .replace(/https?:\/\/(127\.0\.0\.1|localhost):\d+/g, '')
      // What a server says as JSON is in the log.
      .replace(/:? *[{[]"[^]*/, '')
      .replace(/[|`]/g, "'")
      .replace(/;/g, ',')
      .replace(/[A-Z]:\\\S+|(\/[\w.@-]+){3,}/g, '…')
      .slice(0, LONGEST)
  );
}

/** The version that a row shows. */
export function versionOf({ packages: [first] }: Client): string {
  return first.version;
}

const LONGEST = 140;
