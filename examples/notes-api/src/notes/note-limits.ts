/** Characters of a title. */
export const MAX_TITLE = 200;

/** Characters of a body. */
export const MAX_BODY = 20_000;

/** Tags of a note. */
export const MAX_TAGS = 10;

export const TAG = /^[a-z0-9][a-z0-9-]{0,29}$/;
