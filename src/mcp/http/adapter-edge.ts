import type { Server } from 'node:http';
import type { PlannedRoute } from './route-plan.js';
import type { RequestBodies } from './request-bodies.js';

/** What differs between HTTP frameworks before a request reaches the routes of an endpoint. */
export interface AdapterEdge {
  /** Runs once the adapter is there, before anything of the application is registered on it. */
  start?(instance: unknown, endpoint: EdgeEndpoint): void;
  /** Runs after the body parsers and before the routes are registered. */
  beforeRoutes?(instance: unknown, routes: readonly string[]): void;
  /** Runs after the routes are registered, before the error handler of Nest is. */
  afterRoutes?(instance: unknown, routes: readonly string[], endpoint: ServedEndpoint): void;
}

/** The endpoint that an edge is there for. */
export interface EdgeEndpoint {
  /** Without slashes at its ends. */
  readonly path: string;
  readonly direct: PlannedRoute;
  readonly bodies: RequestBodies;
  /** Whole paths of its routes, known when the application listens. */
  readonly paths: () => readonly string[];
  readonly report: ReportFailure;
}

/** The endpoint when its routes are there. */
export interface ServedEndpoint extends EdgeEndpoint {
  readonly server: Server;
}

/** Logs a failure that is not the client's. */
export type ReportFailure = (error: unknown) => void;
