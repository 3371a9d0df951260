import type { Client } from '../client-driver.js';

/** The clients that are programs. Each has its driver in a file of this folder. */
export const PROGRAMS: readonly Client[] = [];
