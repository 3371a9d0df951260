import { compatibilityPage } from './compatibility.js';
import { environmentPage } from './environment.js';
import { errorsPage } from './errors.js';
import { eventsPage } from './events.js';
import { metricsPage } from './metrics.js';
import { optionsPage } from './options.js';

/** The pages that are written from the code, by their path from the root. */
export const GENERATED = {
  'docs/options.md': optionsPage,
  'docs/errors.md': errorsPage,
  'docs/environment.md': environmentPage,
  'docs/metrics.md': metricsPage,
  'docs/events.md': eventsPage,
  'docs/compatibility.md': compatibilityPage,
} as const satisfies Readonly<Record<string, () => string>>;
