/** OAuth scopes of this application, each with its description. */
export const NOTES_SCOPES = {
  'notes:read': 'Read the notes of your organization',
  'notes:write': 'Write notes and comments in your organization',
  'notes:share': 'Share notes of your organization with anybody who has the link',
} as const;
