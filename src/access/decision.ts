import type { Refusal } from './refusal.js';

/** Whether somebody may use an entry, and if not, why. */
export type Decision =
  | { readonly allowed: true; readonly refusal?: undefined }
  | { readonly allowed: false; readonly refusal: Refusal };
