import { Controller, Get, Header, VERSION_NEUTRAL } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { Public } from '../../access/access.decorators.js';
import type { JsonObject } from '../json-object.js';
import { AuthorizationServerMirror } from './authorization-server.mirror.js';

/** Serves the copy of Clerk's authorization server metadata, registration endpoint included. */
@Public()
@SkipThrottle({ default: true, principal: true, client: true })
@Controller({ path: '/.well-known/oauth-authorization-server', version: VERSION_NEUTRAL })
export class AuthorizationServerController {
  constructor(private readonly mirror: AuthorizationServerMirror) {}

  @Get()
  @Header('Access-Control-Allow-Origin', '*')
  @Header('Cache-Control', 'public, max-age=300')
  read(): Promise<JsonObject> {
    return this.mirror.read();
  }
}
