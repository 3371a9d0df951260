/** Formats the checks as text, one line each. */
export function textReport(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ status, name, message, cure, page }) => {
    const text = cure === undefined ? message : `${message}. ${cure}`;
    const where = page === undefined ? '' : ` (${page})`;
    return `${status.padEnd('warning'.length)}  ${name.padEnd(width)}  ${text}${where}`;
  });
  return [...lines, '', summary(checks)].join('\n');
}

/** Formats the checks as JSON, for programs. */
export function jsonReport(checks: readonly Check[]): string {
  return JSON.stringify({ ok: allPassed(checks), checks }, null, 2);
}

/** Whether no check failed. Warnings do not count as failures. */
export function allPassed(checks: readonly Check[]): boolean {
  return checks.every(({ status }) => status !== 'failure');
}

function summary(checks: readonly Check[]): string {
  const count = (status: Check['status']) =>
    checks.filter((check) => check.status === status).length;
  const failures = count('failure');
  const warnings = count('warning');
  if (failures + warnings === 0) return 'All checks passed.';
  return `${failures} failed, ${warnings} with warnings, ${count('ok')} passed.`;
}

/** Result of one check. */
export interface Check {
  /** Short and stable name for scripts, such as `secret-key`. */
  readonly name: string;
  readonly status: 'ok' | 'warning' | 'failure';
  /** What the check found. It never contains a credential. */
  readonly message: string;
  /** What to do. */
  readonly cure?: string;
  /** Address of the page that says more. */
  readonly page?: string;
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
