import type { Client } from './client-driver.js';
import { LIBRARIES } from './libraries/libraries.js';
import { PROGRAMS } from './programs/programs.js';

/** Every client that is measured, in the order of the page. */
export const CLIENTS: readonly Client[] = [...LIBRARIES, ...PROGRAMS];
