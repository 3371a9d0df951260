/**
 * A value that one module keeps on somebody else's objects, where nobody else finds it: no listing, copy
 * or print of the object has it.
 *
 * A `WeakMap` does the same, at a price per request: each entry, and all that its value reaches, stays
 * until the next full garbage collection.
 */
export interface PrivateMember<T> {
  get(holder: object): T | undefined;
  set(holder: object, value: T): void;
}

/** Makes a member of its own for each caller. */
export function createPrivateMember<T>(): PrivateMember<T> {
  class Member extends Holder {
    #value: T;

    constructor(holder: object, value: T) {
      super(holder);
      this.#value = value;
    }

    static get(holder: object): T | undefined {
      return #value in holder ? holder.#value : undefined;
    }

    static set(holder: object, value: T): void {
      if (#value in holder) holder.#value = value;
      else void new Member(holder, value);
    }
  }
  return Member;
}

/** A subclass puts its private members on what its base class returns. */
class Holder {
  constructor(holder: object) {
    return holder;
  }
}
