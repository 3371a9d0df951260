import type { Measurement } from '../load/rounds.js';
import { NO_AUTHENTICATION } from '../subjects.js';
import type { Bar } from './bars.js';

/** The bar of a measurement: requests per CPU second against the first one. */
export function ratioBar(measurement: Measurement, label = measurement.label): Bar {
  const { authentication, ratio, microsPerRequest } = measurement;
  const value = `${ratio.toFixed(2)} × (${microsPerRequest.toFixed(0)} µs)`;
  const unprotected = authentication === NO_AUTHENTICATION ? `, ${NO_AUTHENTICATION}` : '';
  return { label, share: ratio, text: value + unprotected };
}
