import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { BrowserPage } from '../request/browser-page.js';
import { trimSlashes } from '../request/trim-slashes.js';
import { ExplorerAssets } from './explorer-assets.js';
import { EXPLORER_PATH } from './explorer.options.js';
import { ExplorerSettings } from './explorer-settings.js';

/** Where the explorer is, for browsers that open another URL of the server. */
@Injectable()
export class ExplorerPage extends BrowserPage implements OnApplicationBootstrap {
  private readonly logger = new Logger('McpExplorerModule');

  constructor(
    private readonly settings: ExplorerSettings,
    private readonly config: ApplicationConfig,
    private readonly adapterHost: HttpAdapterHost,
    @Inject(ExplorerAssets) private readonly assets: ExplorerAssets | null,
    @Inject(EXPLORER_PATH) private readonly path: string,
  ) {
    super();
  }

  onApplicationBootstrap(): void {
    if (!this.settings.enabled || this.assets || !this.adapterHost.httpAdapter?.getType()) return;
    this.logger.warn(
      'The page was not built, so that nothing is served: npm run build:explorer builds it, with the development packages.',
    );
  }

  /** Whether the page is served. */
  get isServed(): boolean {
    return this.settings.enabled && this.assets !== null;
  }

  /** Path of the page, with the global prefix. */
  get location(): string {
    const prefix = trimSlashes(this.config.getGlobalPrefix());
    return `/${[prefix, this.path].filter(Boolean).join('/')}`;
  }

  override locationFor(): string | undefined {
    return this.isServed ? this.location : undefined;
  }
}
