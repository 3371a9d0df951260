import { randomBytes } from 'node:crypto';

/** A name for this process, unique for each start. */
export function createNodeId(): string {
  const bytes = randomBytes(NODE_ID_LENGTH);
  return Array.from(bytes, (byte) => LETTERS[byte % LETTERS.length]).join('');
}

/** An id that names its node: `<node>.<rest>`. A hint for routing, never a proof. */
export function idOfNode(node: string, rest: string): string {
  return `${node}.${rest}`;
}

/** The node that an id names; `undefined` if it names none. */
export function nodeOf(id: string): string | undefined {
  return NAMED.exec(id)?.[1];
}

const NODE_ID_LENGTH = 8;
/** 32 letters without those that look alike, so that each has the same probability. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const NAMED = /^([a-z0-9]{8})\./;
