-- What the roles may do. Which rows, the policies say.
GRANT SELECT, INSERT, UPDATE, DELETE ON "notes", "comments", "shares" TO "notes_tenant";--> statement-breakpoint
GRANT SELECT, INSERT ON "exports" TO "notes_tenant";--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON "settings" TO "notes_tenant";--> statement-breakpoint
GRANT SELECT ("id", "title", "body") ON "notes" TO "notes_guest";--> statement-breakpoint
GRANT SELECT ("note_id", "token_hash", "expires_at") ON "shares" TO "notes_guest";
