import { readFileSync } from 'node:fs';

const { name, version }: { name: string; version: string } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

/** The instrumentation scope of spans and metrics. */
export const SCOPE = { name: name.replace(/-service$/, ''), version } as const;
