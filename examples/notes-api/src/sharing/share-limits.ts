/** Hours that a link may lead to a note. */
export const MAX_HOURS = 7 * 24;
