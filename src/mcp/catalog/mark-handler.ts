import type { PipeTransform } from '@nestjs/common';
import { ENTRY_PROVIDER_WATERMARK } from '@nestjs/common/internal';
import { DiscoveryService } from '@nestjs/core';
import { bindHandlerParameters } from './handler-parameters.js';

/** Tags the class of a handler: the catalog discovers the providers that carry it. */
export const McpHandlerHost = DiscoveryService.createDecorator<true>();

/** Makes a method one that the catalog finds, whatever kind of entry it is. */
export function markHandler(
  prototype: object,
  method: string,
  inputPipe: PipeTransform | undefined,
): void {
  McpHandlerHost()(prototype.constructor);
  // Nest hands request-scoped and transient `APP_*` enhancers to entry providers only.
  Reflect.defineMetadata(ENTRY_PROVIDER_WATERMARK, true, prototype.constructor);
  bindHandlerParameters(prototype.constructor, method, inputPipe);
}
