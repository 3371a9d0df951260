import { generateKeyPairSync, type KeyObject } from 'node:crypto';

/**
 * The key that every emulator of a worker signs with, unless its test brings another: a key takes
 * longer to find than an application to start. No emulator takes the tokens of another, since the
 * issuers differ.
 */
export const signingKey = (): KeyObject =>
  (key ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);

let key: KeyObject | undefined;
