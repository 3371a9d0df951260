import type { Client } from '../client-driver.js';
import { libraryDriver } from './library-driver.js';
import { mcpUse } from './mcp-use.js';

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
  {
    name: 'ai-sdk',
    packages: [{ name: '@ai-sdk/mcp', version: '2.0.99' }],
    kind: 'library',
    node: 22,
    driver: libraryDriver({ script: 'ai-sdk.js', eras: ['2025', '2026'] }),
  },
  {
    name: 'langchain',
    packages: [
      { name: '@langchain/mcp-adapters', version: '1.1.4' },
      { name: '@langchain/core', version: '1.4.0' },
      { name: SDK, version: '1.32.2' },
    ],
    kind: 'library',
    node: 20,
    driver: libraryDriver({ script: 'langchain.js', eras: ['2025'] }),
  },
  {
    name: 'openai-agents',
    packages: [
      { name: '@openai/agents', version: '0.20.0' },
      { name: '@modelcontextprotocol/client', version: '2.4.0' },
      { name: 'zod', version: '4.6.7' },
    ],
    kind: 'library',
    node: 20,
    driver: libraryDriver({ script: 'openai-agents.js', eras: ['2026'] }),
  },
  {
    name: 'mastra',
    packages: [
      { name: '@mastra/mcp', version: '2.0.0' },
      { name: '@mastra/core', version: '1.71.0' },
    ],
    kind: 'library',
    node: 22,
    driver: libraryDriver({ script: 'mastra.js', eras: ['2025', '2026'], preRegistered: true }),
  },
  {
    name: 'mcp-use-1',
    packages: [
      { name: 'mcp-use', version: '1.34.6' },
      { name: SDK, version: '1.26.0' },
    ],
    kind: 'library',
    node: 20,
    leftOut: 'it is large',
    driver: libraryDriver({ script: 'mcp-use-1.js', eras: ['2025'] }),
  },
  {
    name: 'mcp-use',
    packages: [
      { name: 'mcp-use', version: '2.5.2' },
      { name: '@mcp-use/client', version: '2.3.2' },
    ],
    kind: 'program',
    node: 22,
    driver: mcpUse,
  },
  {
    name: 'fastmcp',
    packages: [{ name: 'fastmcp', version: '4.20.16' }],
    kind: 'library',
    node: 20,
    driver: libraryDriver({
      script: 'without-client.js',
      eras: ['2025'],
      env: { PACKAGE: 'fastmcp' },
    }),
  },
];
