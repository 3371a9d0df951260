import { Injectable } from '@nestjs/common';
import type { AccessRule } from './access-rule.js';

/**
 * The access rules of each protected resource: those of the entries of its endpoint, and those of its
 * routes. Modules register where theirs are; the authentication module derives scopes from them.
 */
@Injectable()
export class ResourceRules {
  private readonly sources = new Map<string, ReadRules[]>();
  private readonly known = new Map<string, KnownRules>();

  /**
   * @param path of the resource
   * @param read the current rules, in parts. A part must be another array once its rules have changed
   */
  register(path: string, read: ReadRules): void {
    this.sources.set(path, [...(this.sources.get(path) ?? []), read]);
  }

  /** The current rules of a resource: the same array as before if none has changed. */
  at(path: string): readonly AccessRule[] {
    const parts = (this.sources.get(path) ?? NO_SOURCES).flatMap((read) => read());
    const known = this.known.get(path);
    if (known && isSame(known.parts, parts)) return known.rules;
    const rules = [...new Set(parts.flat())];
    this.known.set(path, { parts, rules });
    return rules;
  }
}

type ReadRules = () => readonly (readonly AccessRule[])[];

interface KnownRules {
  readonly parts: readonly (readonly AccessRule[])[];
  readonly rules: readonly AccessRule[];
}

const NO_SOURCES: readonly ReadRules[] = [];

function isSame(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((part, index) => part === other[index]);
}
