/**
 * The variables that a URI template names, as a type: text; a list for an exploded one; and possibly
 * absent for one of the query. `TemplateVariables<'notes://{id}{?lang}'>` is
 * `{ id: string } & { lang?: string }`.
 */
export type TemplateVariables<T extends string> = string extends T
  ? Record<string, never>
  : T extends `${string}{${infer Expression}}${infer Rest}`
    ? ExpressionVariables<Expression> & TemplateVariables<Rest>
    : object;

type ExpressionVariables<E extends string> = E extends `${'?' | '&'}${infer List}`
  ? { [Spec in ListItems<List> as NameOf<Spec>]?: ValueOf<Spec> }
  : E extends `${'+' | '#' | '.' | '/' | ';'}${infer List}`
    ? { [Spec in ListItems<List> as NameOf<Spec>]: ValueOf<Spec> }
    : { [Spec in ListItems<E> as NameOf<Spec>]: ValueOf<Spec> };

type ListItems<L extends string> = L extends `${infer Item},${infer Rest}`
  ? Item | ListItems<Rest>
  : L;

type NameOf<Spec extends string> = Spec extends `${infer Name}*` ? Name : Spec;

type ValueOf<Spec extends string> = Spec extends `${string}*` ? string[] : string;
