/** Text of a server for a terminal: without control characters, which could change what the terminal shows. */
export function printable(text: string): string {
  return text.replaceAll(CONTROL, (character) =>
    character === '\n' || character === '\t' ? character : '',
  );
}

const CONTROL = /\p{Cc}/gu;

/** A value as JSON, indented, safe for a terminal. */
export function printableJson(value: unknown): string {
  return printable(JSON.stringify(value, null, 2));
}
