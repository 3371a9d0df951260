import type { INestApplication, LoggerService, ModuleMetadata } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { TestingModule, TestingModuleBuilder } from '@nestjs/testing';
import type { ClerkEmulator, ClerkEmulatorOptions } from '../emulator/index.js';
import type { Era } from './caller/era.js';

/** What `createMcpTest()` is given. */
export type McpTestOptions = CommonOptions &
  (
    | (ModuleMetadata & BuildOptions)
    | ({ readonly builder: TestingModuleBuilder } & BuildOptions)
    | ({ readonly module: TestingModule; readonly clerk: ClerkEmulator } & AppOptions)
    | { readonly app: INestApplication; readonly clerk: ClerkEmulator }
  );

interface CommonOptions {
  /** Era of callers that do not say another one. Default: `modern`. */
  readonly era?: Era;
}

export interface AppOptions {
  /** HTTP adapter of the application. Default: Fastify. */
  readonly adapter?: AbstractHttpAdapter;
  /** What `main.ts` does to the application before it listens: prefix, pipes, versioning. */
  readonly configure?: (app: INestApplication) => unknown;
  /** As `NestFactory.create()` has it, for webhooks on Express. Default: false. */
  readonly rawBody?: boolean;
  /** Default: Nest's logger for tests, which says errors only. `false`: silence. */
  readonly logger?: LoggerService | false;
}

export interface BuildOptions extends AppOptions {
  /** Overrides providers, guards, modules of the application, as in any test of Nest. */
  readonly override?: (builder: TestingModuleBuilder) => TestingModuleBuilder;
  /** How the stand-in behaves, or one that runs already, which the test then does not close. */
  readonly clerk?: ClerkEmulatorOptions | ClerkEmulator;
  /**
   * `in-process`: connections in memory, and the application keeps its own `baseURL`. `http`: a free
   * port of 127.0.0.1, which takes the place of the origin of `baseURL`. Default: `in-process`.
   */
  readonly transport?: 'in-process' | 'http';
}
