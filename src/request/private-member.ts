/**
 * A private value that one module attaches to objects of another. Copies, key listings and logs of the
 * object do not contain it.
 *
 * A `WeakMap` would keep each entry and its value until the next full garbage collection.
 */
interface PrivateMember<T> {
  get(holder: object): T | undefined;
  set(holder: object, value: T): void;
  /** The value, which is created once for each object. */
  getOrCreate<H extends object>(holder: H, create: (holder: H) => T): T;
}

/** Creates a member that only the caller of this function can read and write. */
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

    static getOrCreate<H extends object>(holder: H, create: (holder: H) => T): T {
      if (#value in holder) return holder.#value;
      const value = create(holder);
      void new Member(holder, value);
      return value;
    }
  }
  return Member;
}

/** Returns the given object as `this`, so that a subclass adds its private fields to that object. */
class Holder {
  constructor(holder: object) {
    return holder;
  }
}
