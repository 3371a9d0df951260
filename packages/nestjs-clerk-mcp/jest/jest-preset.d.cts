/** Jest preset of `nestjs-clerk-mcp`: compiles the ES modules of packages to CommonJS. */
declare const preset: {
  readonly testEnvironment: string;
  readonly transform: Readonly<Record<string, string | readonly [string, object]>>;
  readonly transformIgnorePatterns: readonly string[];
};
export = preset;
