/** Maximum lifetime of a link, in hours. */
export const MAX_HOURS = 7 * 24;
