/** A request that reached the emulator, and its answer. */
export interface Exchange {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** Route of the emulator, such as `/v1/users/:id`; `undefined` when there is none. */
  readonly route: string | undefined;
  readonly query: URLSearchParams;
  readonly requestHeaders: Readonly<Record<string, unknown>>;
  /** As the emulator read it. */
  readonly requestBody: unknown;
  readonly status: number;
  readonly answerHeaders: Readonly<Record<string, unknown>>;
  readonly answerBody: string;
}
