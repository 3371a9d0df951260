import type { DirectRoute } from './direct-route.js';
import type { RequestBodies } from './request-bodies.js';

/** What differs between HTTP frameworks before a request reaches the routes of an endpoint. */
export interface AdapterEdge {
  /** Runs once the adapter is there, before anything of the application is registered on it. */
  start?(instance: unknown, endpoint: EdgeEndpoint): void;
  /** Runs after the body parsers and before the routes are registered. */
  beforeRoutes?(instance: unknown, routes: readonly string[]): void;
  /** Runs after the routes are registered, before the error handler of Nest is. */
  afterRoutes?(instance: unknown, routes: readonly string[], report: ReportFailure): void;
}

/** The endpoint that an edge is there for. */
export interface EdgeEndpoint {
  /** Without slashes at its ends. */
  readonly path: string;
  readonly direct: DirectRoute;
  readonly bodies: RequestBodies;
  /** Whole paths of its routes, known when the application listens. */
  paths(): readonly string[];
  readonly report: ReportFailure;
}

/** Logs a failure that is not the client's. */
export type ReportFailure = (error: unknown) => void;
