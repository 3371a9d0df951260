import type { Type } from '@nestjs/common';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';

/** A provider whose class is tagged as a host of tools, with the class that holds its metadata. */
export interface HandlerHost {
  readonly wrapper: InstanceWrapper;
  /** The class to read decorators from; the provider need not be an instance of it. */
  readonly type: Type<object>;
}
