import { Inject, Injectable } from '@nestjs/common';
import { RefusalResponder, type RefusalAnswer } from '../../access/refusal-responder.js';
import type { Refusal } from '../../access/refusal.js';
import { CLERK_OPTIONS, type ResolvedClerkOptions } from '../resolved-clerk.options.js';
import { ResourceRefusals } from './resource-refusals.js';

/** Refuses in the name of the protected resource that was asked for. */
@Injectable()
export class ClerkRefusalResponder extends RefusalResponder {
  private readonly primary: ResourceRefusals;
  private readonly byPath: ReadonlyMap<string, ResourceRefusals>;

  constructor(@Inject(CLERK_OPTIONS) options: ResolvedClerkOptions) {
    super();
    this.primary = new ResourceRefusals(options);
    this.byPath = new Map(
      [...options.resources].map(([path, resource]) => [path, new ResourceRefusals(resource)]),
    );
  }

  override answer(refusal: Refusal, path?: string): RefusalAnswer {
    const refusals = path === undefined ? undefined : this.byPath.get(path);
    return (refusals ?? this.primary).answer(refusal);
  }
}
