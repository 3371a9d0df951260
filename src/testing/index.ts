export {
  createMcpContext,
  type KeyedQuestion,
  type LoggedMessage,
  type McpContextOptions,
  type McpTestContext,
  type ReportedProgress,
} from './create-mcp-context.js';
export { createMcpTest, type McpTestOptions } from './create-mcp-test.js';
export { McpTest, type ActiveFault } from './mcp-test.js';
export { startTestEmulator, useTestEmulator } from './test-emulator.js';
export type { FrozenClock, Span } from './frozen-clock.js';
export type { Person } from './sign-in/person.js';
export type { Era } from './caller/connection.js';
export { McpCaller, type CallerOptions, type CallOptions } from './caller/mcp-caller.js';
export type { Answering, AskedQuestion, UserAnswer } from './caller/questions.js';
export { PromptResult, ResourceResult, ToolResult } from './caller/results.js';
export type { CatalogContract, ContractEntry } from '../mcp/catalog/catalog-contract.js';
export { checkContract, contractText } from './contract/check-contract.js';
export type { McpMatchers } from './matchers/matcher-types.js';
export { mcpMatchers } from './matchers/mcp-matchers.js';
export {
  ContractChangedError,
  McpRefusedError,
  NoSuchEndpointError,
  NoSuchToolError,
  NotOnEmulatorError,
  TestingError,
  ToolFailedError,
  UnansweredQuestionError,
  type TestingErrorCode,
} from './testing.errors.js';
