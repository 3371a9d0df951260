/** A server that is measured: the script of its process, and what stands in the table. */
export interface Subject {
  readonly script: string;
  readonly label: string;
}

export const FLOOR: Subject = { script: 'bare-fastify', label: 'bare Fastify, cached token' };
export const OURS: Subject = { script: 'nestjs-clerk-mcp', label: 'nestjs-clerk-mcp' };
export const MCP_NEST: Subject = {
  script: 'mcp-nest',
  label: '@rekog/mcp-nest, Clerk verifyToken guard, nestjs-cls',
};
