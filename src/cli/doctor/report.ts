/** One line a check. */
export function textReport(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ status, name, message, cure }) => {
    const said = cure === undefined ? message : `${message}. ${cure}`;
    return `${status.padEnd('warning'.length)}  ${name.padEnd(width)}  ${said}`;
  });
  return [...lines, '', summary(checks)].join('\n');
}

/** The same for programs. */
export function jsonReport(checks: readonly Check[]): string {
  return JSON.stringify({ ok: isWell(checks), checks }, null, 2);
}

/** Whether nothing failed. Warnings are no failures. */
export function isWell(checks: readonly Check[]): boolean {
  return checks.every(({ status }) => status !== 'failure');
}

function summary(checks: readonly Check[]): string {
  const count = (status: Check['status']) =>
    checks.filter((check) => check.status === status).length;
  const failures = count('failure');
  const warnings = count('warning');
  if (failures + warnings === 0) return 'All is well.';
  return `${failures} failed, ${warnings} to look at, ${count('ok')} well.`;
}

/** What one check found, in one line. */
export interface Check {
  /** Short and stable, for scripts: `secret-key`. */
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failure';
  /** What is so. Never a credential. */
  readonly message: string;
  /** What to do about it. */
  readonly cure?: string;
}

export const ok = (name: string, message: string): Check => ({ name, status: 'ok', message });

export const warning = (name: string, message: string, cure: string): Check => ({
  name,
  status: 'warning',
  message,
  cure,
});

export const failure = (name: string, message: string, cure: string): Check => ({
  name,
  status: 'failure',
  message,
  cure,
});
