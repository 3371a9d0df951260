/** Values of Clerk's `cat` header, which tells apart the JWTs that one key signs. */
export const SESSION_CATEGORY = 'cl_B7d4PD111AAA';
export const TEMPLATE_CATEGORY = 'cl_B7d4PD222AAA';
/** Some instances stamp this on every JWT, so it says nothing. */
export const IGNORED_CATEGORY = 'cl_I7d4PD111III';
