import type { IncomingHttpHeaders } from 'node:http';
import { Controller, HttpCode, Post, Req, VERSION_NEUTRAL, type Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { SkipThrottle } from '@nestjs/throttler';
import { Public } from '../../access/access.decorators.js';
import { OwnRoutes } from '../../request/own-routes.js';
import { ClerkWebhooks } from './clerk-webhooks.js';
import { KeepRawBody } from './raw-body.js';

/**
 * Creates the controller for Clerk's webhooks at this path. It is not served if webhooks are off, see
 * {@link removeWebhookRoutes}. Requests are verified by their
 * signature.
 */
export function createWebhookController(path: string): Type<object> {
  @Public()
  @OwnRoutes(WEBHOOK)
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
  Reflect.defineMetadata(WEBHOOK_ROUTES, true, ClerkWebhookController);
  return ClerkWebhookController;
}

/**
 * Takes the controller out of its module, before Nest registers any route. The options may come from a
 * factory, and are then unknown when the module is defined.
 */
export function removeWebhookRoutes(modules: ModulesContainer): void {
  for (const { controllers } of modules.values()) {
    for (const [token, { metatype }] of controllers) {
      if (metatype && Reflect.hasMetadata(WEBHOOK_ROUTES, metatype)) controllers.delete(token);
    }
  }
}

const WEBHOOK_ROUTES = 'nestjs-clerk-mcp:webhook-routes';
const WEBHOOK = {
  name: "the route for Clerk's webhooks",
  cure: "Give one of them another path: ClerkAuthModule.forRoot({ webhookPath: 'clerk/events', … }).",
};
