/** Arguments of a tool, by name. */
export type Arguments = Readonly<Record<string, unknown>>;

/** Names of the methods of a class. */
export type MethodName<T> = {
  [K in keyof T]-?: T[K] extends (...args: never[]) => unknown ? K : never;
}[keyof T] &
  string;

type Method<T, M extends keyof T> = T[M] extends (...args: infer A) => infer R
  ? { readonly args: A; readonly result: R }
  : never;

/** What goes into the method: nothing where it takes nothing. */
export type InputOf<T, M extends keyof T> = Method<T, M>['args'] extends readonly []
  ? [input?: Record<string, never>]
  : [input: Method<T, M>['args'][0]];

/** What comes out of the method, without the questions that it may ask meanwhile. */
export type OutputOf<T, M extends keyof T> = Exclude<
  Awaited<Method<T, M>['result']>,
  { readonly resultType: 'input_required' }
>;
