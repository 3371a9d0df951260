import type { IncomingHttpHeaders } from 'node:http';
import { Controller, HttpCode, Post, Req, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import { SkipThrottle } from '@nestjs/throttler';
import { Public } from '../../access/access.decorators.js';
import { ClerkWebhooks } from './clerk-webhooks.js';
import { KeepRawBody } from './raw-body.js';

/** Creates the controller for Clerk's webhooks at this path. Requests are verified by their signature. */
export function createWebhookController(path: string): Type<object> {
  @Public()
  @SkipThrottle({ default: true, principal: true, client: true })
  @Controller({ path, version: VERSION_NEUTRAL })
  class ClerkWebhookController {
    constructor(private readonly webhooks: ClerkWebhooks) {}

    @Post()
    @HttpCode(204)
    @KeepRawBody()
    receive(@Req() request: { readonly headers: IncomingHttpHeaders }): Promise<void> {
      return this.webhooks.receive(request);
    }
  }
  return ClerkWebhookController;
}
