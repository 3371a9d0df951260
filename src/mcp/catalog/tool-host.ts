import type { Type } from '@nestjs/common';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';

/** A provider whose class is tagged as a host of tools, with the class that holds its metadata. */
export interface ToolHost {
  readonly wrapper: InstanceWrapper;
  /**
   * The class to read decorators from. It is the token where that is the tagged class, so that
   * `overrideProvider(Tools).useValue(fake)` keeps the tools of `Tools` and their access rules.
   */
  readonly type: Type<object>;
}
