/** What an application is made of whose start is measured, beside `McpModule` and `ClerkAuthModule`. */
export interface AppShape {
  /** Providers that are no host of tools. */
  readonly plain: number;
  /** Providers with tools. */
  readonly hosts: number;
  readonly toolsPerHost: number;
  /** Tools whose schemas are declared with the application, and which are not there. */
  readonly schemasAlone?: number;
  /** Tools whose schemas are declared and converted by zod alone, after the start. */
  readonly zodAlone?: number;
}
