import type { Era } from './load/rpc.js';

/** A server that is measured: the script of its process, and what stands in the table. */
export interface Subject {
  readonly script: string;
  readonly label: string;
}

/** A peer, and the protocol eras that it speaks. */
export interface Peer extends Subject {
  readonly eras: readonly Era[];
}

export const FLOOR: Subject = { script: 'bare-fastify', label: 'bare Fastify, cached token' };
export const OURS: Subject = { script: 'nestjs-clerk-mcp', label: 'nestjs-clerk-mcp' };

export const PEERS: readonly Peer[] = [
  { script: 'bare-nest', label: 'bare Nest, cached token in a guard', eras: ['modern', 'legacy'] },
  {
    script: 'official-sdk',
    label: 'official SDK on Fastify, no authentication',
    eras: ['modern', 'legacy'],
  },
  {
    script: 'mcp-nest',
    label: '@rekog/mcp-nest, Clerk verifyToken, nestjs-cls',
    eras: ['modern', 'legacy'],
  },
];
