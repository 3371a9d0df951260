import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { findAnywhere } from '../access/find-anywhere.js';
import { RefusalResponder, type RefusalAnswer } from '../access/refusal-responder.js';
import type { Refusal } from '../access/refusal.js';
import { BareRefusalResponder } from './http/bare-refusal-responder.js';

/** Turns refusals into answers, in the words of the authentication module, if there is one. */
@Injectable()
export class McpRefusals {
  private known: RefusalResponder | undefined;

  constructor(private readonly moduleRef: ModuleRef) {}

  /** @param path of the endpoint that was asked */
  answer(refusal: Refusal, path: string): RefusalAnswer {
    // Looked up late: the authentication module is another one.
    this.known ??= findAnywhere(this.moduleRef, RefusalResponder) ?? new BareRefusalResponder();
    return this.known.answer(refusal, path);
  }
}
