import { METRICS, type Metric } from '../../../src/instrumentation/metrics.js';
import { code, page, table } from './markdown.js';

export function metricsPage(): string {
  const rows = Object.entries<Metric>(METRICS).map(([name, metric]) => [
    code(name),
    metric.kind,
    code(metric.unit),
    metric.attributes.map(code).join(', '),
    metric.description,
  ]);
  return page(
    'Metrics',
    '`src/instrumentation/metrics.ts`',
    'The metrics of this package, beside those of the conventions of OpenTelemetry: see [telemetry](telemetry.md#metrics).',
    table(['name', 'kind', 'unit', 'attributes', 'what'], rows),
  );
}
