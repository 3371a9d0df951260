// @ts-check

/** @typedef {'tool' | 'resource' | 'prompt' | 'policy'} Kind */
/** @typedef {{ readonly className: string, readonly method: string, readonly name: string, readonly file: string }} Names */
/** @typedef {Names & { readonly runner: 'vitest' | 'jest', readonly hasFastify: boolean }} SpecNames */
/** @typedef {{ readonly source: (names: Names) => string, readonly spec: (names: SpecNames) => string }} Template */

/** What `nest g -c nestjs-clerk-mcp` writes. @type {Readonly<Record<Kind, Template>>} */
export const TEMPLATES = {
  tool: {
    source: ({ className, method }) => `import { Injectable } from '@nestjs/common';
import { McpTool } from 'nestjs-clerk-mcp';
import { z } from 'zod';

const Input = z.object({ text: z.string().min(1) });

@Injectable()
export class ${className} {
  @McpTool({
    description: 'Says what this tool does, for the model',
    input: Input,
    annotations: { readOnlyHint: true },
  })
  ${method}({ text }: z.infer<typeof Input>) {
    return \`You wrote: \${text}\`;
  }
}
`,
    spec: (names) =>
      entrySpec(
        names,
        `  it('answers a caller who is signed in', async () => {
    const ada = await mcp.as({ email: 'ada@example.com' });
    const call = ada.callTool('${names.method}', { text: 'Hello' });
    await expect(call).toHaveToolOutput('You wrote: Hello');
  });

  it('asks a stranger to sign in', async () => {
    const call = mcp.anonymous().callTool('${names.method}', { text: 'Hello' });
    await expect(call).toBeUnauthenticated();
  });
`,
      ),
  },
  resource: {
    source: ({ className, method, name }) => `import { Injectable } from '@nestjs/common';
import { McpResource } from 'nestjs-clerk-mcp';

@Injectable()
export class ${className} {
  @McpResource({
    uri: '${name}://all',
    description: 'Says what this resource contains, for the model',
    mimeType: 'application/json',
  })
  ${method}() {
    return { items: ['Buy milk'] };
  }
}
`,
    spec: (names) =>
      entrySpec(
        names,
        `  it('is readable for a caller who is signed in', async () => {
    const ada = await mcp.as({ email: 'ada@example.com' });
    const { text } = await ada.readResource('${names.name}://all');
    expect(JSON.parse(text)).toEqual({ items: ['Buy milk'] });
  });

  it('asks a stranger to sign in', async () => {
    const call = mcp.anonymous().readResource('${names.name}://all');
    await expect(call).toBeUnauthenticated();
  });
`,
      ),
  },
  prompt: {
    source: ({ className, method }) => `import { Injectable } from '@nestjs/common';
import { McpPrompt } from 'nestjs-clerk-mcp';
import { z } from 'zod';

const Input = z.object({ text: z.string().min(1).describe('What to work on') });

@Injectable()
export class ${className} {
  @McpPrompt({
    description: 'Says what this prompt is for',
    input: Input,
  })
  ${method}({ text }: z.infer<typeof Input>) {
    return \`Work on this:\\n\\n\${text}\`;
  }
}
`,
    spec: (names) =>
      entrySpec(
        names,
        `  it('is available to a caller who is signed in', async () => {
    const ada = await mcp.as({ email: 'ada@example.com' });
    const { text } = await ada.getPrompt('${names.method}', { text: 'Hello' });
    expect(text).toBe('Work on this:\\n\\nHello');
  });

  it('asks a stranger to sign in', async () => {
    const call = mcp.anonymous().getPrompt('${names.method}', { text: 'Hello' });
    await expect(call).toBeUnauthenticated();
  });
`,
      ),
  },
  policy: {
    source: ({ className }) => `import { Injectable } from '@nestjs/common';
import { AccessPolicy, type AccessPolicyContext } from 'nestjs-clerk-mcp';

/** Use it as \`@RequirePolicy(${className})\` on a tool, a resource or a prompt. */
@Injectable()
export class ${className} extends AccessPolicy {
  override allows({ principal }: AccessPolicyContext) {
    const isMember = principal.organization !== undefined;
    return isMember || { reason: 'This is for members of an organization.' };
  }
}
`,
    spec: ({
      className,
      file,
      runner,
    }) => `${importsOf(runner, ['describe', 'expect', 'it'])}import type { AccessPolicyContext } from 'nestjs-clerk-mcp';
import { ${className} } from '${file}';

describe('${className}', () => {
  const policy = new ${className}();

  it('allows a member of an organization', () => {
    expect(policy.allows(callerIn({ id: 'org_1' }))).toBe(true);
  });

  it('refuses other callers, with a reason', () => {
    expect(policy.allows(callerIn(undefined))).toEqual({
      reason: 'This is for members of an organization.',
    });
  });
});

function callerIn(organization: { id: string } | undefined) {
  return { principal: { organization } } as AccessPolicyContext;
}
`,
  },
};

/** @param {SpecNames} names @param {string} cases */
function entrySpec({ className, file, runner, hasFastify }, cases) {
  const adapter = hasFastify ? '' : "import { ExpressAdapter } from '@nestjs/platform-express';\n";
  const option = hasFastify ? '' : '      adapter: new ExpressAdapter(),\n';
  const runnerImports = importsOf(runner, ['afterAll', 'beforeAll', 'describe', 'expect', 'it']);
  return `import 'nestjs-clerk-mcp/testing/${runner}';
${adapter}import { ClerkAuthGuard, ClerkAuthModule, McpModule } from 'nestjs-clerk-mcp';
import { createMcpTest, type McpTest } from 'nestjs-clerk-mcp/testing';
${runnerImports}import { ${className} } from '${file}';

describe('${className}', () => {
  let mcp: McpTest;

  beforeAll(async () => {
    mcp = await createMcpTest({
${option}      imports: [
        // The test replaces the keys with those of a local emulator.
        ClerkAuthModule.forRoot({ secretKey: '', baseURL: 'https://mcp.test' }),
        McpModule.forRoot({ name: 'test', version: '1.0.0', guards: [ClerkAuthGuard] }),
      ],
      providers: [${className}],
    });
  });

  afterAll(() => mcp.close());

${cases}});
`;
}

/** @param {'vitest' | 'jest'} runner @param {readonly string[]} names */
function importsOf(runner, names) {
  return runner === 'vitest' ? `import { ${names.join(', ')} } from 'vitest';\n` : '';
}
