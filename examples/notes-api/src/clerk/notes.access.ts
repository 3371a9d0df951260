import { RequireByToken, needs } from 'nestjs-clerk-mcp';

/** Who may read notes: members of an organization, and OAuth clients that they let read. */
export const ReadsNotes = () =>
  RequireByToken({
    session_token: [needs.permission('org:notes:read')],
    oauth_token: [needs.scopes('notes:read'), needs.permission('org:notes:read')],
  });

/** Who may write notes. */
export const WritesNotes = () =>
  RequireByToken({
    session_token: [needs.permission('org:notes:write')],
    oauth_token: [needs.scopes('notes:write'), needs.permission('org:notes:write')],
  });

/** Who may show notes to people outside of the organization. */
export const SharesNotes = () =>
  RequireByToken({
    session_token: [needs.permission('org:notes:share')],
    oauth_token: [needs.scopes('notes:share'), needs.permission('org:notes:share')],
  });
