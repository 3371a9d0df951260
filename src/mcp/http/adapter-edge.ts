import type { Server } from 'node:http';
import type { CrossOriginPolicy } from '../../request/cross-origin.js';
import type { RequestBodies } from './request-bodies.js';
import type { PlannedRoute } from './route-plan.js';

/** What differs between HTTP frameworks before a request reaches the routes of an endpoint. */
export interface AdapterEdge {
  /** Runs once the adapter exists, before the application registers anything on it. */
  start?(instance: unknown, endpoint: EdgeEndpoint): void;
  /** Runs after the body parsers and before the routes are registered. */
  beforeRoutes?(instance: unknown, routes: readonly string[]): void;
  /** Runs after the routes are registered, before the error handler of Nest is. */
  afterRoutes?(instance: unknown, routes: readonly string[], endpoint: ServedEndpoint): void;
}

/** The endpoint that an edge serves. */
export interface EdgeEndpoint {
  /** Without slashes at its ends. */
  readonly path: string;
  readonly plannedRoute: PlannedRoute;
  readonly bodies: RequestBodies;
  /** Which pages of other origins may use it. */
  readonly pages: CrossOriginPolicy;
  /** Full paths of its routes, known when the application listens. */
  readonly paths: () => readonly string[];
  readonly report: ReportFailure;
}

/** The endpoint once its routes are registered. */
export interface ServedEndpoint extends EdgeEndpoint {
  readonly server: Server;
}

/** Logs a failure that the client did not cause. */
type ReportFailure = (error: unknown) => void;
