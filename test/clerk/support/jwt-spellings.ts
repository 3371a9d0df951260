/** A token, good or bad, and what is done to it. */
export interface CorpusToken {
  readonly name: string;
  readonly token: string;
}

/** A good token, written in ways that a JWT is not. */
export function encodingsOff(good: string): CorpusToken[] {
  const [head = '', body = '', signature = ''] = good.split('.');
  const parts = (name: string, off: (part: string) => string) => [
    { name: `header ${name}`, token: `${off(head)}.${body}.${signature}` },
    { name: `claims ${name}`, token: `${head}.${off(body)}.${signature}` },
    { name: `signature ${name}`, token: `${head}.${body}.${off(signature)}` },
  ];
  return [
    ...parts('padded', (part) => `${part}=`),
    ...parts('padded twice', (part) => `${part}==`),
    ...parts('in plain base64', (part) => part.replaceAll('-', '+').replaceAll('_', '/')),
    ...parts('with a space', (part) => `${part} `),
    ...parts('with a line break', (part) => `${part}\n`),
    ...parts('with a zero byte', (part) => `${part}\0`),
    ...parts('empty', () => ''),
    ...parts('twice', (part) => part + part),
    ...[1, 2, 3, 4].flatMap((n) => parts(`${n} shorter`, (part) => part.slice(0, -n))),
    ...[1, 2, 3, 4].flatMap((n) => parts(`${n} longer`, (part) => part + 'A'.repeat(n))),
    // The last character of a part holds bits that stand for nothing.
    ...parts('with other unused bits', (part) => part.slice(0, -1) + neighbour(part.at(-1))),
    { name: 'a fourth part', token: `${good}.AA` },
    { name: 'an empty fourth part', token: `${good}.` },
    { name: 'two parts', token: `${head}.${body}` },
    { name: 'one part', token: head },
    { name: 'nothing', token: '' },
    { name: 'a leading space', token: ` ${good}` },
    { name: 'a letter outside ASCII', token: `${good.slice(0, -1)}Ａ` },
  ];
}

/** One character replaced, here and there; the same places in each run. */
export function charactersOff(good: string): CorpusToken[] {
  return Array.from({ length: 120 }, (_, n) => {
    const at = (n * 7919) % good.length;
    const off = good[at] === '.' ? 'A' : neighbour(good[at]);
    return { name: `character ${n} off`, token: good.slice(0, at) + off + good.slice(at + 1) };
  });
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The character whose last bit differs. */
export function neighbour(character = 'A'): string {
  return ALPHABET[ALPHABET.indexOf(character) ^ 1] ?? 'A';
}
