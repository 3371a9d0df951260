import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { BrowserPage } from '../request/browser-page.js';
import { ignoresTrailingSlash } from '../request/cross-origin-routes.js';
import { carrierOf } from '../request/request-record.js';
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
    const adapter = this.adapterHost.httpAdapter?.getType();
    if (!this.settings.enabled || !adapter) return;
    if (this.assets) {
      if (adapter === 'fastify') this.redirectWithSlash();
      return;
    }
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

  /** Fastify tells `/explorer/` from `/explorer`, and Nest registers no path that ends in a slash. */
  private redirectWithSlash(): void {
    const { httpAdapter } = this.adapterHost;
    // Where the framework ignores the slash, this is the page already.
    if (ignoresTrailingSlash(httpAdapter.getInstance())) return;
    // Relative: a proxy may have put the application below any path.
    const target = `../${this.path.slice(this.path.lastIndexOf('/') + 1)}`;
    httpAdapter.get(`${this.location}/`, (request: object, reply: object) => {
      const { url: asked = '' }: { url?: string } = carrierOf(request);
      const query = asked.includes('?') ? asked.slice(asked.indexOf('?')) : '';
      httpAdapter.redirect(reply, 302, `${target}${query}`);
    });
  }
}
