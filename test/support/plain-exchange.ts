/**
 * Whether plain exchanges are answered directly in this run: `TEST_PLAIN_EXCHANGE=off` runs the same
 * tests with Nest's router and the SDK's server in every request.
 */
export const PLAIN_EXCHANGE = process.env['TEST_PLAIN_EXCHANGE'] !== 'off';
