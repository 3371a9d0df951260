import type { Client } from '../client-driver.js';
import { libraryDriver } from './library-driver.js';

const SDK = '@modelcontextprotocol/sdk';

/** The clients that are libraries. Each is served by a script of this folder, in a process of its own. */
export const LIBRARIES: readonly Client[] = [
  ...['1.15.1', '1.20.2', '1.25.2', '1.32.2'].map((version): Client => ({
    name: `sdk-${version}`,
    packages: [{ name: SDK, version }],
    kind: 'library',
    node: 20,
    driver: libraryDriver({ script: 'sdk-v1.js', eras: ['2025'] }),
  })),
  {
    name: 'client-v2',
    packages: [{ name: '@modelcontextprotocol/client', version: '2.4.0' }],
    kind: 'library',
    node: 20,
    driver: libraryDriver({ script: 'client-v2.js', eras: ['2025', '2026'] }),
  },
];
