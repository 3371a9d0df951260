import { RequireByToken } from 'nestjs-clerk-mcp';
import { requirement } from 'nestjs-clerk-mcp/access';

/** Access rule for reading notes: members of an organization, and OAuth clients with the scope. */
export const ReadsNotes = () =>
  RequireByToken({
    session_token: [requirement.permission('org:notes:read')],
    oauth_token: [requirement.scopes('notes:read'), requirement.permission('org:notes:read')],
  });

/** Access rule for writing notes. */
export const WritesNotes = () =>
  RequireByToken({
    session_token: [requirement.permission('org:notes:write')],
    oauth_token: [requirement.scopes('notes:write'), requirement.permission('org:notes:write')],
  });

/** Access rule for sharing notes outside the organization. */
export const SharesNotes = () =>
  RequireByToken({
    session_token: [requirement.permission('org:notes:share')],
    oauth_token: [requirement.scopes('notes:share'), requirement.permission('org:notes:share')],
  });
