import type { ScriptedBrowser } from './drive/scripted-browser.js';
import type { Log } from './drive/log.js';
import type { ProgramResult, ProgramSettings, RunningProgram } from './drive/program.js';

/** The eras of the protocol: revisions up to 2025-11-25 with `initialize`, and those from 2026-07-28 on. */
export type Era = '2025' | '2026';

/** What is measured of a client, in the order of the columns of the page. */
export const COLUMNS = [
  'discovery',
  'registration',
  'sign-in',
  'list',
  'call',
  'refresh',
  'step-up',
  'restart',
] as const;
export type Column = (typeof COLUMNS)[number];

/** How the harness drives one client. One driver may serve several versions. */
export interface ClientDriver {
  /** The eras that the client can be made to speak: each is measured for itself. */
  readonly eras: readonly Era[];
  /** Why a cell can never be measured for this client, such as `call: 'needs a model account'`. */
  readonly cannot?: Partial<Readonly<Record<Column, string>>>;
  /**
   * A client that has never been used: no connection, no registration, no token. Throws if the client does
   * not start.
   */
  open(use: ClientUse): Promise<ClientHandle>;
}

/** A client in use. Each member throws if the client reports a failure; the message becomes the remark. */
export interface ClientHandle {
  /**
   * Does what a person does to get in: connects, and where that does not open the browser, calls `echo`
   * or gives the client's command to sign in. Ends when the client is signed in by its own account.
   *
   * @returns what a person has to know for it, as a remark.
   */
  signIn(): Promise<string | void>;
  /** The names of the tools that the client shows. */
  list?(): Promise<readonly string[]>;
  /**
   * Calls a tool and returns the text of its result. If the client opens the browser meanwhile, it waits
   * for it and goes on. A result with `isError` throws.
   */
  call?(tool: string, input: Readonly<Record<string, unknown>>): Promise<string>;
  /** Connects anew with what the client has kept. Absent where each command connects anew by itself. */
  reconnect?(): Promise<void>;
  /** The client signs in nobody: its user gives it a token. */
  readonly isGivenToken?: true;
  /** Ends what is still running. It is called in every case, once. */
  close(): Promise<void>;
}

/** Thrown by `open()`: what is installed has nothing that could be measured. The message is the remark. */
export class NotMeasurableError extends Error {
  readonly code = 'NOT_MEASURABLE';
}

/** What a driver gets for one client: everything is new for each use. */
export interface ClientUse {
  /** The MCP endpoint. */
  readonly url: string;
  readonly era: Era;
  /** The folder with the client's `node_modules`. */
  readonly folder: string;
  /** An empty folder for what the client keeps. `HOME` and the folders of XDG of programs lie in it. */
  readonly home: string;
  /** The Node that runs the client. */
  readonly node: string;
  /** Opens the pages of the authorization server. Programs reach it by `BROWSER` and `xdg-open`. */
  readonly browser: ScriptedBrowser;
  /** Writes to the log of the client. Tokens, codes and secrets are replaced. */
  readonly log: Log;
  /**
   * Creates an OAuth application as an administrator does in the dashboard, for a client that does not
   * register itself, and returns its `client_id`.
   */
  createApplication(redirectUris: readonly string[]): Promise<string>;
  /** Runs a program of the client to its end: with `home`, the browser and nothing else of this process. */
  run(command: string, args: readonly string[], settings?: ProgramSettings): Promise<ProgramResult>;
  /** Starts a program of the client that goes on, such as a server over stdio. */
  start(command: string, args: readonly string[], settings?: ProgramSettings): RunningProgram;
}

/** One client of the table. */
export interface Client {
  /** The name of the row and of the log: `sdk-1.32.2`. */
  readonly name: string;
  /** What is installed: the first is the client itself, and each has an exact version. */
  readonly packages: readonly [ClientPackage, ...ClientPackage[]];
  readonly kind: 'library' | 'program';
  /** The lowest major version of Node that runs it; with an older one it runs on that from npm. */
  readonly node: 20 | 22 | 24;
  /** Whether npm runs the scripts of the packages, because the client does not work without. */
  readonly scripts?: true;
  /** Why continuous integration leaves it out. */
  readonly leftOut?: string;
  readonly driver: ClientDriver;
}

export interface ClientPackage {
  readonly name: string;
  readonly version: string;
}
