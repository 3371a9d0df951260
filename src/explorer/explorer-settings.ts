import { Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AuthorizationServerMirror } from '../clerk/oauth/authorization-server-metadata.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../clerk/resolved-clerk-options.js';
import { ExplorerConfigurationError } from './explorer.errors.js';
import { EXPLORER_OPTIONS, type McpExplorerOptions } from './explorer.options.js';

/** The options of the explorer, and those of `ClerkAuthModule`, which any module may import. */
@Injectable()
export class ExplorerSettings {
  private found: ResolvedClerkOptions | undefined;

  constructor(
    private readonly moduleRef: ModuleRef,
    @Inject(EXPLORER_OPTIONS) private readonly given: McpExplorerOptions,
  ) {}

  /** @throws {ExplorerConfigurationError} the application has no `ClerkAuthModule` */
  get clerk(): ResolvedClerkOptions {
    this.found ??= this.resolve<ResolvedClerkOptions>(CLERK_OPTIONS);
    return this.found;
  }

  get mirror(): AuthorizationServerMirror {
    return this.resolve(AuthorizationServerMirror);
  }

  /** Whether nothing is shown before a sign-in. */
  get production(): boolean {
    return this.clerk.production;
  }

  get enabled(): boolean {
    return this.given.enabled ?? !this.production;
  }

  /** The registered client; `null` if the page registers itself. */
  get clientId(): string | null {
    return this.given.clientId ?? null;
  }

  private resolve<T>(token: Parameters<ModuleRef['get']>[0]): T {
    try {
      return this.moduleRef.get<T>(token as never, { strict: false });
    } catch {
      throw new ExplorerConfigurationError(
        'the application does not import ClerkAuthModule, which the explorer needs. Import it, or remove McpExplorerModule.',
      );
    }
  }
}
