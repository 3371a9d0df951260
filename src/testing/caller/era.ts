/** `modern`: the revision 2026-07-28. `legacy`: 2025-11-25, on a session. */
export type Era = 'modern' | 'legacy';
