import type { DrainOptions } from '../drain/service-drain.js';

/**
 * Options of `HealthModule.forRoot()`: how the application ends when it is told to by a signal. With
 * `drainMs: 0` it closes at once.
 */
export type HealthModuleOptions = DrainOptions;
