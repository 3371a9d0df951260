import { RequireByToken } from 'nestjs-clerk-mcp';
import { requirement } from 'nestjs-clerk-mcp/access';

/** Who may read notes: members of an organization, and OAuth clients that they let read. */
export const ReadsNotes = () =>
  RequireByToken({
    session_token: [requirement.permission('org:notes:read')],
    oauth_token: [requirement.scopes('notes:read'), requirement.permission('org:notes:read')],
  });

/** Who may write notes. */
export const WritesNotes = () =>
  RequireByToken({
    session_token: [requirement.permission('org:notes:write')],
    oauth_token: [requirement.scopes('notes:write'), requirement.permission('org:notes:write')],
  });

/** Who may show notes to people outside of the organization. */
export const SharesNotes = () =>
  RequireByToken({
    session_token: [requirement.permission('org:notes:share')],
    oauth_token: [requirement.scopes('notes:share'), requirement.permission('org:notes:share')],
  });
