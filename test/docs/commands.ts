import { PAGES, readPage } from './pages.js';

/** A command that a page shows. */
export interface ShownCommand {
  readonly page: string;
  /** On one line, without comments. */
  readonly command: string;
}

/** The commands in the `sh` blocks of all pages, one for each line and each side of `&&`. */
export const SHOWN: readonly ShownCommand[] = PAGES.flatMap((page) =>
  [...readPage(page).matchAll(/^```sh\n(.*?)^```$/gms)]
    .flatMap(([, block = '']) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
    .map((line) => line.replace(/\s+#\s.*$/, '').trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => line.split(' && '))
    .map((command) => ({ page, command })),
);

/** What runs such a command, or checks what it needs: a file of the tests, or a step of `.ci/run`. */
export type RunBy =
  { readonly spec: string } | { readonly step: string } | { readonly not: string };

/** The commands of the pages, and what runs them. */
export const COMMANDS: readonly (readonly [pattern: RegExp, by: RunBy])[] = [
  [/^[A-Z_]+=(\S+|\$\(openssl .+\))$/, { spec: 'test/docs/commands.spec.ts' }],
  [/^CLERK_PUBLISHABLE_KEY=\S+ npm start$/, { spec: 'test/e2e/publishable-key.spec.ts' }],

  [/^npm ci$/, { step: 'npm ci' }],
  [/^npm test$/, { step: 'npm test' }],
  [/^npm start$/, { spec: 'test/e2e/loopback.spec.ts' }],
  [/^npm run start:dev$/, { not: 'runs until it is stopped; `nest start` without --watch is run' }],
  [/^npm run changeset$/, { not: 'asks the author; `changeset version` is run by release.yml' }],
  [/^npm run build$/, { step: 'npm run build' }],
  [/^npm run demo$/, { step: 'npm run demo' }],
  [/^npm run demo -- --nodes 3$/, { step: 'npm run demo -- --nodes 3' }],
  [/^npm run test:clients\b/, { step: 'npm run test:clients' }],
  [/^npm run bench:quick$/, { step: 'npm run bench:quick' }],
  [/^npm run bench:hostile$/, { step: 'npm run bench:hostile' }],
  [/^(BENCH_NODE=\d+ )?npm run bench(:profile)?\b/, { not: 'takes up to an hour, for its tables' }],
  [/node dist\/main\.js --stdio$/, { spec: 'test/e2e/stdio.spec.ts' }],

  [/^npm create nestjs-clerk-mcp /, { spec: 'test/package/create.spec.ts' }],
  [/^cd my-server$/, { spec: 'test/package/create.spec.ts' }],
  [/^npm install nestjs-clerk-mcp nestjs-cls zod$/, { spec: 'test/package/start.spec.ts' }],
  [/^npx nest add nestjs-clerk-mcp$/, { spec: 'test/schematics/nest-add.spec.ts' }],
  [/^npx nest g -c nestjs-clerk-mcp /, { spec: 'test/schematics/generate.spec.ts' }],
  [/^npm install --save-dev /, { spec: 'test/package/testing.spec.ts' }],
  [/^npm install class-validator /, { spec: 'test/mcp/catalog/optional-package.spec.ts' }],

  [/nestjs-clerk-mcp catalog .*--registry /, { spec: 'test/cli/catalog/registry-file.spec.ts' }],
  [/nestjs-clerk-mcp catalog /, { spec: 'test/cli/catalog/catalog.command.spec.ts' }],
  [/nestjs-clerk-mcp doctor --live$/, { spec: 'test/cli/doctor/live/live.spec.ts' }],
  [
    /nestjs-clerk-mcp doctor --production /,
    { spec: 'test/cli/doctor/production/production.spec.ts' },
  ],
  [/nestjs-clerk-mcp doctor --token /, { spec: 'test/cli/doctor/check-token.spec.ts' }],
  [/nestjs-clerk-mcp doctor\b/, { spec: 'test/cli/doctor/doctor.command.spec.ts' }],
  [/nestjs-clerk-mcp emulator --env /, { spec: 'test/cli/emulator-env.spec.ts' }],
  [/nestjs-clerk-mcp emulator --like /, { spec: 'test/cli/live-file.spec.ts' }],
  [/nestjs-clerk-mcp emulator\b/, { spec: 'test/cli/emulator.command.spec.ts' }],
  [/nestjs-clerk-mcp explain /, { spec: 'test/cli/explain/explain.command.spec.ts' }],
  [/nestjs-clerk-mcp (list|call) /, { spec: 'test/cli/client/list-and-call.spec.ts' }],
  [/nestjs-clerk-mcp token /, { spec: 'test/cli/client/token.spec.ts' }],
  [/^curl .*\/__emulator\/tokens /, { spec: 'test/emulator/control.spec.ts' }],

  [/^docker /, { spec: 'test/package/dockerfile.spec.ts' }],
  [/^kubectl /, { spec: 'test/deploy/kubernetes.spec.ts' }],
  [/^claude /, { spec: 'test/clients/programs/claude-code.ts' }],
  [/^codex /, { spec: 'test/clients/programs/codex.ts' }],
  [/^copilot /, { spec: 'test/clients/programs/copilot.ts' }],
  [/^gemini /, { spec: 'test/clients/programs/gemini-cli.ts' }],
  [/^npx @modelcontextprotocol\/inspector\b/, { spec: 'test/clients/programs/inspector.ts' }],
  [/^code /, { not: 'VS Code is not installed by npm' }],
  [/^mcp-publisher /, { not: 'publishes' }],
];
