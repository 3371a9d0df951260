/** What a server card says that the server itself does not know. */
export interface McpServerCardOptions {
  /** Public URL of the endpoint, such as `https://mcp.example.com/mcp`. */
  readonly url: string;
  /** What the server does, in a sentence of up to 100 characters. */
  readonly description: string;
  /** In reverse DNS form: `com.example/notes`. Default: from the host of the URL, and the name of the server. */
  readonly name?: string | undefined;
  /** Where the source is, for example at `github`. */
  readonly repository?: { readonly url: string; readonly source: string } | undefined;
}
