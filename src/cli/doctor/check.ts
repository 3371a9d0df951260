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
