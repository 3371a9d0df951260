import {
  Controller,
  Get,
  Header,
  Inject,
  NotFoundException,
  Req,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { Public } from '../../access/access.decorators.js';
import { defined } from '../defined.js';
import { RESOURCE_METADATA_PATH, type ProtectedResource } from '../protected-resource.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk.options.js';

/**
 * The metadata of each protected resource, RFC 9728 §3: at the place for its path, and that of the
 * primary one at the root too, for clients that look there. What it says never depends on the request.
 */
@Public()
@SkipThrottle({ default: true, principal: true, client: true })
@Controller({ path: RESOURCE_METADATA_PATH, version: VERSION_NEUTRAL })
export class ProtectedResourceController {
  private readonly primary: MetadataDocument;
  private readonly documents: readonly (readonly [path: string, document: MetadataDocument])[];

  constructor(@Inject(CLERK_OPTIONS) options: ResolvedClerkOptions) {
    this.primary = describe(options, options.issuer);
    this.documents = [...options.resources.values()].map((resource) => [
      new URL(resource.metadataURL).pathname,
      describe(resource, options.issuer),
    ]);
  }

  @Get()
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=300')
  atRoot(): MetadataDocument {
    return this.find(RESOURCE_METADATA_PATH) ?? this.primary;
  }

  // Wildcards are spelled differently on Fastify and on Express.
  @Get([':a', ':a/:b', ':a/:b/:c', ':a/:b/:c/:d'])
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=300')
  atPath(@Req() request: { readonly url: string }): MetadataDocument {
    const [path = ''] = request.url.split('?', 1);
    const document = this.find(path);
    if (!document) throw new NotFoundException();
    return document;
  }

  /** A global prefix of the application may stand before the well-known path. */
  private find(path: string): MetadataDocument | undefined {
    return this.documents.find(([place]) => path.endsWith(place))?.[1];
  }
}

type MetadataDocument = Readonly<Record<string, unknown>>;

function describe(resource: ProtectedResource, issuer: string): MetadataDocument {
  return defined({
    resource: resource.resource,
    authorization_servers: [issuer],
    bearer_methods_supported: ['header'],
    scopes_supported: resource.scopes,
    resource_name: resource.resourceName ?? undefined,
    resource_documentation: resource.docsURL ?? undefined,
  });
}
