/** Every credential, id and personal datum that a run has seen, so that no output contains one. */
export class Secrets {
  readonly #values = new Set<string>();
  readonly #names = new Map<string, string>();

  /** Remembers values. Other types, and texts too short to identify anything, are ignored. */
  keep(...values: readonly unknown[]): void {
    for (const value of values) {
      if (typeof value === 'string' && value.length >= MIN_LENGTH) this.#values.add(value);
    }
  }

  /** Replaces a value, such as the URL of the instance, by a name that says what it is. */
  mask(value: string, name: string): void {
    this.#names.set(value, name);
  }

  /** The text without the remembered values, and without anything that looks like one. */
  redact(text: string): string {
    let redacted = text;
    for (const [value, name] of this.#names) redacted = redacted.replaceAll(value, name);
    const longestFirst = [...this.#values].toSorted((a, b) => b.length - a.length);
    for (const value of longestFirst) redacted = redacted.replaceAll(value, HIDDEN);
    for (const pattern of PATTERNS) redacted = redacted.replace(pattern, HIDDEN);
    return redacted.replace(CLERK_ID, '$1_…');
  }

  /** A copy of a JSON value with every text redacted, names of members included. */
  redactJson<T>(value: T): T {
    // Redaction replaces texts by texts, so the shape stays.
    return redactDeep(value, (text) => this.redact(text)) as T;
  }
}

const MIN_LENGTH = 6;
const HIDDEN = '[hidden]';

const PATTERNS: readonly RegExp[] = [
  /\b(?:sk|pk)_(?:test|live)_[\w$=-]+/g,
  /\bey[\w-]{8,}\.[\w-]*(?:\.[\w-]*)?/g,
  /\b(?:oat|ak|mt|whsec)_[\w+/=-]{8,}/g,
  /[^\s"'<>@]+@[^\s"'<>@]+\.[a-z]{2,}/gi,
];
const CLERK_ID = /\b(user|org|client|oa|oauthapp|ins|sess|orgmem|grant)_[0-9A-Za-z]{8,}/g;

function redactDeep(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((one) => redactDeep(one, redact));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [redact(name), redactDeep(member, redact)]),
  );
}
