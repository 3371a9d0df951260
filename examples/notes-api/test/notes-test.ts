import 'nestjs-clerk-mcp/testing/vitest';
import type { McpCaller, McpTest } from 'nestjs-clerk-mcp/testing';
import { createMcpTest } from 'nestjs-clerk-mcp/testing';
import { AppModule } from '../src/app.module.js';
import { configureApp, createAdapter } from '../src/app.setup.js';
import { CLERK_EMULATOR } from '../src/clerk/clerk-emulator.module.js';
import { NOTES_SCOPES } from '../src/clerk/scopes.js';

export const ALL_SCOPES = Object.keys(NOTES_SCOPES);

export const READER = ['org:notes:read'];
export const WRITER = [...READER, 'org:notes:write'];
export const OWNER = [...WRITER, 'org:notes:delete', 'org:notes:share', 'org:notes:export'];

/** Starts the whole application on the emulator of the test, with a database of its own. */
export function startNotes(): Promise<McpTest> {
  return createMcpTest({
    imports: [AppModule],
    adapter: createAdapter(),
    configure: configureApp,
    clerk: { customScopes: NOTES_SCOPES },
    override: (builder) => builder.overrideProvider(CLERK_EMULATOR).useValue(undefined),
    logger: false,
  });
}

/** A caller with all scopes and permissions in an organization, with an OAuth token. */
export function ownerOf(test: McpTest, organization: string, email: string): Promise<McpCaller> {
  return test.as({ email, organization, permissions: OWNER, scopes: ALL_SCOPES });
}

/** Sends a REST request and returns the answer. */
export async function rest(
  caller: McpCaller,
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly headers: Headers; readonly body: any }> {
  const response = await caller.fetch(path, {
    method,
    ...(body && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== '' ? tryJson(text) : text,
  };
}

/** Lines of JSON are returned as text. */
function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
