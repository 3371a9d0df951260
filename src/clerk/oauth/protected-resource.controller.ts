import {
  Controller,
  Get,
  Header,
  Inject,
  NotFoundException,
  Req,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { Public } from '../../access/access.decorators.js';
import { defined } from '../defined.js';
import { RESOURCE_METADATA_PATH } from '../protected-resource.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk.options.js';

/**
 * The metadata of the protected resource, RFC 9728 §3: at the place for its path, and at the root
 * for clients that look there. What it says never depends on the request.
 */
@Public()
@Controller({ path: RESOURCE_METADATA_PATH, version: VERSION_NEUTRAL })
export class ProtectedResourceController {
  private readonly document: Readonly<Record<string, unknown>>;
  private readonly path: string;

  constructor(@Inject(CLERK_OPTIONS) options: ResolvedClerkOptions) {
    this.path = new URL(options.metadataURL).pathname;
    this.document = defined({
      resource: options.resource,
      authorization_servers: [options.issuer],
      bearer_methods_supported: ['header'],
      scopes_supported: options.scopes,
      resource_name: options.resourceName ?? undefined,
      resource_documentation: options.docsURL ?? undefined,
    });
  }

  @Get()
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=300')
  atRoot(): Readonly<Record<string, unknown>> {
    return this.document;
  }

  // Wildcards are spelled differently on Fastify and on Express.
  @Get([':a', ':a/:b', ':a/:b/:c', ':a/:b/:c/:d'])
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=300')
  atPath(@Req() request: { readonly url: string }): Readonly<Record<string, unknown>> {
    const [path] = request.url.split('?', 1);
    if (!path?.endsWith(this.path)) throw new NotFoundException();
    return this.document;
  }
}
