import type { Client } from '../client-driver.js';
import { claudeCode } from './claude-code.js';
import { cline } from './cline.js';
import { codex } from './codex.js';
import { copilot } from './copilot.js';
import { mcpProxy, stdioToHttp, supergateway, supergatewayToStdio } from './gateways.js';
import { geminiCli } from './gemini-cli.js';
import { inspector } from './inspector.js';
import { mcpRemote } from './mcp-remote.js';
import { mcporter } from './mcporter.js';
import { opencode } from './opencode.js';

/** The clients that are programs. Each has its driver in a file of this folder. */
export const PROGRAMS: readonly Client[] = [
  ...['0.1.37', '0.15.1'].map((version): Client => ({
    name: `mcp-remote-${version}`,
    packages: [{ name: 'mcp-remote', version }],
    kind: 'program',
    node: 20,
    leftOut: 'a call of it may never be answered, which takes minutes to see',
    driver: mcpRemote,
  })),
  {
    name: 'mcporter',
    packages: [{ name: 'mcporter', version: '0.12.3' }],
    kind: 'program',
    node: 24,
    driver: mcporter,
  },
  {
    name: 'inspector',
    packages: [{ name: '@modelcontextprotocol/inspector', version: '2.12.0' }],
    kind: 'program',
    node: 22,
    driver: inspector,
  },
  {
    name: 'claude-code',
    packages: [{ name: '@anthropic-ai/claude-code', version: '2.1.332' }],
    kind: 'program',
    node: 20,
    scripts: true,
    leftOut: 'it is large',
    driver: claudeCode,
  },
  {
    name: 'codex',
    packages: [{ name: '@openai/codex', version: '0.171.0' }],
    kind: 'program',
    node: 20,
    leftOut: 'it is large',
    driver: codex,
  },
  {
    name: 'opencode',
    packages: [{ name: 'opencode-ai', version: '1.18.33' }],
    kind: 'program',
    node: 20,
    scripts: true,
    leftOut: 'it is large',
    driver: opencode,
  },
  {
    name: 'gemini-cli',
    packages: [{ name: '@google/gemini-cli', version: '0.61.0' }],
    kind: 'program',
    node: 20,
    driver: geminiCli,
  },
  {
    name: 'copilot-cli',
    packages: [{ name: '@github/copilot', version: '1.0.102' }],
    kind: 'program',
    node: 20,
    leftOut: 'it is large',
    driver: copilot,
  },
  {
    name: 'cline',
    packages: [{ name: 'cline', version: '3.0.65' }],
    kind: 'program',
    node: 20,
    scripts: true,
    leftOut: 'it is large',
    driver: cline,
  },
  {
    name: 'supergateway',
    packages: [{ name: 'supergateway', version: '4.0.0' }],
    kind: 'program',
    node: 20,
    driver: supergatewayToStdio,
  },
  {
    name: 'supergateway-over-stdio',
    packages: [{ name: 'supergateway', version: '4.0.0' }],
    kind: 'program',
    node: 20,
    driver: stdioToHttp(supergateway),
  },
  {
    name: 'mcp-proxy-over-stdio',
    packages: [{ name: 'mcp-proxy', version: '6.7.19' }],
    kind: 'program',
    node: 20,
    driver: stdioToHttp(mcpProxy),
  },
];
