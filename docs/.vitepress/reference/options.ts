import { allMembersOf, type Member } from './declarations.js';
import { code, page, splitDefault, table } from './markdown.js';

/** The modules with their options, and the types that document them. */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  'McpModule.forRoot()': ['McpModuleOptions', 'McpModuleExtras'],
  'McpModule: sessions': ['McpSessionOptions'],
  'McpModule: tasks': ['McpTasksOptions'],
  'McpModule: toolLimits': ['McpToolLimits'],
  'ClerkAuthModule.forRoot()': ['ClerkAuthOptions', 'ClerkAuthExtras'],
  'ClerkAuthModule: resources': ['ClerkResourceOptions'],
  'ClerkAuthModule: webhooks': ['ClerkWebhookOptions'],
  'LimitsModule.forRoot()': ['LimitsOptions'],
  'LimitsModule: handler, principal, client': ['RateLimit'],
  'AuditModule.forRoot()': ['AuditOptions'],
  'RedisModule.forRoot()': ['RedisModuleOptions'],
  'HealthModule.forRoot()': ['DrainOptions'],
  'TelemetryModule.forRoot()': ['TelemetryOptions'],
  'McpExplorerModule.forRoot()': ['McpExplorerOptions', 'McpExplorerExtras'],
  '@McpTool()': ['McpToolOptions'],
  '@McpTool(): task': ['McpToolTask'],
  '@McpTool(): route': ['McpRouteOptions'],
  '@McpResource()': ['McpResourceOptions'],
  '@McpResourceTemplate()': ['McpResourceTemplateOptions'],
  '@McpPrompt()': ['McpPromptOptions'],
  '@McpApp()': ['McpAppOptions'],
  'McpStdio.connect()': ['McpStdioOptions'],
};

export function optionsPage(): string {
  return page(
    'Options',
    'the types of the options in `src`',
    'The options of the modules and of the decorators. Those of the modules are also taken by `forRootAsync()`, where a module has it. An option that does not exist stops the boot. The options `limits` of `McpModule` and of `ClerkAuthModule` are in [limits](limits.md#every-bound), and the variables that set options of the service in [environment](environment.md).',
    ...Object.entries(MODULES).flatMap(([heading, types]) => [
      `## ${heading}`,
      table(['option', 'type', 'default', 'meaning'], types.flatMap(rowsOf)),
    ]),
  );
}

function rowsOf(type: string): readonly (readonly string[])[] {
  return allMembersOf(type).map(({ name, type: valueType, optional, text }: Member) => {
    const { text: meaning, standard } = splitDefault(text);
    return [code(name), code(valueType), optional ? standard : 'required', meaning];
  });
}
