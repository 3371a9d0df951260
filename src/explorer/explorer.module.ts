import {
  ConfigurableModuleBuilder,
  Controller,
  Get,
  Module,
  NotFoundException,
  Req,
  Res,
  VERSION_NEUTRAL,
  type DynamicModule,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Public } from '../access/access.decorators.js';
import { AccessModule } from '../access/access.module.js';
import { BrowserPage } from '../request/browser-page.js';
import { extrasProblem, moduleOptionProblem } from '../request/known-options.js';
import { OwnRoutes } from '../request/own-routes.js';
import { carrierOf } from '../request/request-record.js';
import { trimSlashes } from '../request/trim-slashes.js';
import { ExplorerAccess } from './explorer-access.js';
import { ExplorerAssets } from './explorer-assets.js';
import { createExplorerController } from './explorer.controller.js';
import { ExplorerEmulator } from './explorer-emulator.js';
import { ExplorerConfigurationError } from './explorer.errors.js';
import {
  EXPLORER_EXTRA_NAMES,
  EXPLORER_OPTION_NAMES,
  EXPLORER_OPTIONS,
  EXPLORER_PATH,
  type McpExplorerExtras,
  type McpExplorerOptions,
} from './explorer.options.js';
import { ExplorerPage } from './explorer-page.js';
import { ExplorerServers } from './explorer-servers.js';
import { ExplorerSettings } from './explorer-settings.js';
import { ExplorerSignIn } from './explorer-sign-in.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<McpExplorerOptions>({ moduleName: 'McpExplorer' })
    .setClassMethodName('forRoot')
    .setExtras<McpExplorerExtras>({ path: 'explorer', redirectRoot: false }, withExtras)
    .build();

/**
 * A page at `/explorer` that shows the MCP servers of the application: sign in or, on the local emulator, be
 * anybody; call tools, read resources, see every message, and who may call what, and why. It is on in
 * development, and off in production unless it is enabled. Needs `McpModule` and `ClerkAuthModule`.
 *
 * @example
 * ```ts
 * McpExplorerModule.forRoot({})
 * ```
 */
@Module({
  imports: [AccessModule],
  providers: [
    {
      provide: EXPLORER_OPTIONS,
      inject: [{ token: MODULE_OPTIONS_TOKEN, optional: true }],
      useFactory: (options: McpExplorerOptions = {}): McpExplorerOptions => {
        refuse(moduleOptionProblem(options, EXPLORER_OPTION_NAMES, EXPLORER_EXTRA_NAMES));
        return options;
      },
    },
    { provide: ExplorerAssets, useFactory: () => ExplorerAssets.read() ?? null },
    { provide: BrowserPage, useExisting: ExplorerPage },
    ExplorerSettings,
    ExplorerPage,
    ExplorerServers,
    ExplorerAccess,
    ExplorerEmulator,
    ExplorerSignIn,
  ],
  exports: [BrowserPage],
})
export class McpExplorerModule extends ConfigurableModuleClass {}

function withExtras(definition: DynamicModule, extras: McpExplorerExtras): DynamicModule {
  refuse(extrasProblem(definition, extras, EXPLORER_EXTRA_NAMES, EXPLORER_OPTION_NAMES));
  const path = trimSlashes(extras.path ?? 'explorer');
  if (path === '') throw new ExplorerConfigurationError("path is empty. Write path: 'explorer'.");
  return {
    ...definition,
    controllers: [
      createExplorerController(path),
      ...(extras.redirectRoot === true ? [createRootController()] : []),
    ],
    providers: [...(definition.providers ?? []), { provide: EXPLORER_PATH, useValue: path }],
  };
}

/** Sends browsers that open the root of the server to the page. */
function createRootController(): Type {
  @Public()
  @OwnRoutes({
    name: 'the way to the explorer',
    cure: 'Leave out redirectRoot of McpExplorerModule.',
  })
  @Controller({ path: '', version: VERSION_NEUTRAL })
  class ExplorerRootController {
    constructor(
      private readonly page: ExplorerPage,
      private readonly adapterHost: HttpAdapterHost,
    ) {}

    @Get()
    redirect(@Req() request: object, @Res() reply: object): void {
      const { headers = {} }: { headers?: { accept?: string } } = carrierOf(request);
      const location = this.page.locationFor();
      if (location === undefined || !headers.accept?.includes('text/html')) {
        throw new NotFoundException();
      }
      const { httpAdapter } = this.adapterHost;
      httpAdapter.setHeader(reply, 'Cache-Control', 'no-store');
      httpAdapter.redirect(reply, 302, location);
    }
  }
  return ExplorerRootController;
}

function refuse(problem: string | undefined): void {
  if (problem !== undefined) throw new ExplorerConfigurationError(problem);
}
