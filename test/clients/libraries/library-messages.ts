/** What the harness asks of the process of a library: one line of JSON each. */
export type Order =
  | { readonly do: 'signIn' | 'list' | 'reconnect' | 'close' }
  | {
      readonly do: 'call';
      readonly tool: string;
      readonly input: Readonly<Record<string, unknown>>;
    };

/** The answer: a line of JSON after {@link ANSWER}. Everything else that a library prints is for the log. */
export type Answer =
  | { readonly ok: true; readonly value: string | readonly string[] | null }
  | { readonly ok: false; readonly message: string };

export const ANSWER = '@answer ';
