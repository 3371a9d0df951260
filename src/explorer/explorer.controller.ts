import {
  Body,
  Controller,
  Get,
  Inject,
  NotFoundException,
  Param,
  Post,
  Req,
  Res,
  UnauthorizedException,
  VERSION_NEUTRAL,
  type Type,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SkipThrottle } from '@nestjs/throttler';
import { Public } from '../access/access.decorators.js';
import { ORGANIZATION_SCOPE } from '../clerk/published-scopes.js';
import { OwnRoutes } from '../request/own-routes.js';
import type { Principal } from '../request/principal.js';
import { carrierOf } from '../request/request-record.js';
import { ExplorerAccess } from './explorer-access.js';
import type { ExplorerConfig } from './explorer-answers.js';
import { ExplorerAssets, type ExplorerFile } from './explorer-assets.js';
import { ExplorerEmulator } from './explorer-emulator.js';
import { ExplorerServers } from './explorer-servers.js';
import { ExplorerSignIn } from './explorer-sign-in.js';
import { assertFromOwnPage, hostsOf, isLocal } from './own-page.js';
import { ExplorerSettings } from './explorer-settings.js';

/** The page, its files, and what the page asks of its server. */
export function createExplorerController(path: string): Type {
  @Public()
  @OwnRoutes({
    name: 'the explorer',
    cure: "Give one of them another path: McpExplorerModule.forRoot({ path: 'tools/explorer' }).",
  })
  @Controller({ path, version: VERSION_NEUTRAL })
  class ExplorerController {
    private hosts: ReadonlySet<string> | undefined;

    constructor(
      private readonly settings: ExplorerSettings,
      @Inject(ExplorerAssets) private readonly assets: ExplorerAssets | null,
      private readonly adapterHost: HttpAdapterHost,
      private readonly servers: ExplorerServers,
      private readonly access: ExplorerAccess,
      private readonly emulator: ExplorerEmulator,
      private readonly signIn: ExplorerSignIn,
    ) {}

    @Get()
    @SkipThrottle({ default: true, principal: true, client: true })
    page(@Req() request: object, @Res() reply: object): void {
      this.sendFile(request, reply, this.served.pageAt(baseFor(request, path)), 'no-cache');
    }

    @Get('assets/:name')
    @SkipThrottle({ default: true, principal: true, client: true })
    asset(@Req() request: object, @Res() reply: object, @Param('name') name: string): void {
      const file = this.served.file(name);
      if (!file) throw new NotFoundException();
      this.sendFile(request, reply, file, IMMUTABLE);
    }

    /** What the page is to show. Before a sign-in in production: only how to sign in. */
    @Post('api/config')
    async config(@Req() request: object, @Res() reply: object): Promise<void> {
      this.assertOwn(request);
      const isOpen = this.isOpenTo(request);
      const servers = this.servers.all.map((server) => this.servers.describe(server, request));
      this.send(reply, {
        servers,
        issuer: this.settings.clerk.issuer,
        needsSignIn: !isOpen,
        emulator: isOpen && (await this.emulator.isThere()),
        acceptedTokens: [...this.settings.clerk.acceptedTokens],
      } satisfies ExplorerConfig);
    }

    /** Who a token belongs to. */
    @Post('api/caller')
    async caller(
      @Req() request: object,
      @Res() reply: object,
      @Body() body: unknown,
    ): Promise<void> {
      this.assertOwn(request);
      const { path: at, token } = Object(body) as { path?: unknown; token?: unknown };
      if (typeof token !== 'string') throw new NotFoundException('There is no token.');
      this.send(reply, await this.access.caller(this.servers.at(at), token, request));
    }

    /** Who may use what. */
    @Post('api/access')
    async matrix(
      @Req() request: object,
      @Res() reply: object,
      @Body() body: unknown,
    ): Promise<void> {
      this.assertOwn(request);
      const server = this.servers.at((Object(body) as { path?: unknown }).path);
      const isOpen = this.isOpenTo(request);
      const principal = isOpen ? undefined : await this.signedIn(request, server.path);
      this.send(reply, await this.access.matrix(server, body, request, principal));
    }

    /** What an entry is, also one that the caller is not shown. */
    @Post('api/definition')
    definition(@Req() request: object, @Res() reply: object, @Body() body: unknown): void {
      this.assertLocal(request);
      const { path: at, kind, key } = Object(body) as Readonly<Record<string, unknown>>;
      this.send(reply, this.access.definition(this.servers.at(at), kind, key));
    }

    /** As which client the page signs somebody in, and where. */
    @Post('api/sign-in')
    async startSignIn(
      @Req() request: object,
      @Res() reply: object,
      @Body() body: unknown,
    ): Promise<void> {
      const origin = this.assertOwn(request);
      const { path: at, pathname } = Object(body) as { path?: unknown; pathname?: unknown };
      const server = this.servers.at(at);
      const url = new URL(typeof pathname === 'string' ? pathname : `/${path}`, origin);
      // The page is where it says on its own origin: a proxy may have put it below any path.
      if (url.origin !== origin) throw new NotFoundException();
      const redirectUri = `${origin}${url.pathname}`;
      // A client can step up to what it has registered, and to nothing else.
      const scopes = [...this.servers.scopesOf(server), 'offline_access', ORGANIZATION_SCOPE];
      this.send(reply, {
        ...(await this.signIn.start(redirectUri, [...new Set(scopes)])),
        redirectUri,
        resource: this.servers.resourceOf(server, request),
      });
    }

    /** Exchanges a code or a refresh token for the page. */
    @Post('api/token')
    async token(
      @Req() request: object,
      @Res() reply: object,
      @Body() body: unknown,
    ): Promise<void> {
      this.assertOwn(request);
      const { status, body: answer } = await this.signIn.exchange(body);
      if (Object(answer).error === 'invalid_client') this.signIn.forget();
      this.send(reply, answer, status);
    }

    /** Whom the emulator knows. */
    @Post('api/people')
    async people(@Req() request: object, @Res() reply: object): Promise<void> {
      this.assertLocal(request);
      this.send(reply, await this.emulator.people());
    }

    /** A credential of anybody, from the emulator. */
    @Post('api/mint')
    async mint(@Req() request: object, @Res() reply: object, @Body() body: unknown): Promise<void> {
      this.assertLocal(request);
      const { path: at, ...wanted } = Object(body) as { path?: unknown };
      const resource = this.servers.resourceOf(this.servers.at(at), request) ?? '';
      this.send(reply, { token: await this.emulator.mint(wanted, resource) });
    }

    /** Revokes a credential that the emulator issued. */
    @Post('api/revoke')
    async revoke(
      @Req() request: object,
      @Res() reply: object,
      @Body() body: unknown,
    ): Promise<void> {
      this.assertLocal(request);
      await this.emulator.revoke(String(Object(body).token));
      this.send(reply, {});
    }

    private get served(): ExplorerAssets {
      if (!this.settings.enabled || !this.assets) throw new NotFoundException();
      return this.assets;
    }

    private assertOwn(request: object): string {
      void this.served;
      this.hosts ??= hostsOf(this.settings.clerk);
      return assertFromOwnPage(request, this.hosts);
    }

    private assertLocal(request: object): void {
      this.assertOwn(request);
      if (!this.isOpenTo(request)) throw new NotFoundException();
    }

    /** Whether the caller may see everything: outside of production, for a person at this machine. */
    private isOpenTo(request: object): boolean {
      return !this.settings.production && isLocal(request);
    }

    private async signedIn(request: object, at: string): Promise<Principal> {
      const { headers = {} }: { headers?: Record<string, unknown> } = carrierOf(request);
      const [, token] = /^Bearer (\S+)$/i.exec(String(headers['authorization'])) ?? [];
      const principal = token === undefined ? undefined : await this.access.principalOf(token, at);
      if (principal) return principal;
      throw new UnauthorizedException('Sign in first.');
    }

    private send(reply: object, body: unknown, status = 200): void {
      const { httpAdapter } = this.adapterHost;
      httpAdapter.setHeader(reply, 'Cache-Control', 'no-store');
      httpAdapter.setHeader(reply, 'X-Content-Type-Options', 'nosniff');
      httpAdapter.reply(reply, body, status);
    }

    private sendFile(
      request: object,
      reply: object,
      { text, type, etag }: ExplorerFile,
      cacheControl: string,
    ): void {
      const { httpAdapter } = this.adapterHost;
      const headers = { ...HEADERS, 'Cache-Control': cacheControl, ETag: etag };
      for (const [name, value] of Object.entries(headers)) {
        httpAdapter.setHeader(reply, name, value);
      }
      const given: { headers?: Record<string, unknown> } = carrierOf(request);
      if (given.headers?.['if-none-match'] === etag) {
        httpAdapter.reply(reply, undefined, 304);
        return;
      }
      httpAdapter.setHeader(reply, 'Content-Type', type);
      httpAdapter.reply(reply, text, 200);
    }
  }
  return ExplorerController;
}

/** The files are below the page, whether or not its URL ends in a slash. */
function baseFor(request: object, path: string): string {
  const { originalUrl, url = '' }: { originalUrl?: string; url?: string } = carrierOf(request);
  const [pathname = ''] = (originalUrl ?? url).split(/[?#]/);
  return pathname.endsWith('/') ? './' : `./${path.slice(path.lastIndexOf('/') + 1)}/`;
}

const IMMUTABLE = 'public, max-age=31536000, immutable';

const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    'media-src data: blob:',
    // The authorization server is asked through this server.
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;
