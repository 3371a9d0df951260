/**
 * Whether plain exchanges are answered directly in this run: `TEST_FAST_PATH=off` runs the same
 * tests with Nest's router and the SDK's server in every request.
 */
export const FAST_PATH = process.env['TEST_FAST_PATH'] !== 'off';
