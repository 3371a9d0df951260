CREATE ROLE "notes_guest";--> statement-breakpoint
CREATE ROLE "notes_tenant";--> statement-breakpoint
CREATE TABLE "comments" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"organization_id" text DEFAULT current_setting('notes.organization') NOT NULL,
	"note_id" uuid NOT NULL,
	"author_id" text NOT NULL,
	"text" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "comments" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "exports" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"organization_id" text DEFAULT current_setting('notes.organization') NOT NULL,
	"requested_by" text NOT NULL,
	"note_count" integer NOT NULL,
	"content" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "exports" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "notes" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"organization_id" text DEFAULT current_setting('notes.organization') NOT NULL,
	"author_id" text NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"tags" text[] DEFAULT '{}' NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "notes_organization" UNIQUE("organization_id","id")
);
--> statement-breakpoint
ALTER TABLE "notes" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "settings" (
	"organization_id" text PRIMARY KEY DEFAULT current_setting('notes.organization') NOT NULL,
	"exports_enabled" boolean DEFAULT true NOT NULL
);
--> statement-breakpoint
ALTER TABLE "settings" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
CREATE TABLE "shares" (
	"id" uuid PRIMARY KEY DEFAULT uuidv7() NOT NULL,
	"organization_id" text DEFAULT current_setting('notes.organization') NOT NULL,
	"note_id" uuid NOT NULL,
	"shared_by" text NOT NULL,
	"token_hash" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "shares_token_hash_unique" UNIQUE("token_hash")
);
--> statement-breakpoint
ALTER TABLE "shares" ENABLE ROW LEVEL SECURITY;--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_note" FOREIGN KEY ("organization_id","note_id") REFERENCES "public"."notes"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "shares" ADD CONSTRAINT "shares_note" FOREIGN KEY ("organization_id","note_id") REFERENCES "public"."notes"("organization_id","id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "notes_tags" ON "notes" USING gin ("tags");--> statement-breakpoint
CREATE POLICY "comments_of_tenant" ON "comments" AS PERMISSIVE FOR ALL TO "notes_tenant" USING (organization_id = current_setting('notes.organization', true)) WITH CHECK (organization_id = current_setting('notes.organization', true));--> statement-breakpoint
CREATE POLICY "exports_of_tenant" ON "exports" AS PERMISSIVE FOR ALL TO "notes_tenant" USING (organization_id = current_setting('notes.organization', true)) WITH CHECK (organization_id = current_setting('notes.organization', true));--> statement-breakpoint
CREATE POLICY "notes_of_tenant" ON "notes" AS PERMISSIVE FOR ALL TO "notes_tenant" USING (organization_id = current_setting('notes.organization', true)) WITH CHECK (organization_id = current_setting('notes.organization', true));--> statement-breakpoint
CREATE POLICY "notes_of_guest" ON "notes" AS PERMISSIVE FOR SELECT TO "notes_guest" USING (id IN (SELECT note_id FROM shares));--> statement-breakpoint
CREATE POLICY "settings_of_tenant" ON "settings" AS PERMISSIVE FOR ALL TO "notes_tenant" USING (organization_id = current_setting('notes.organization', true)) WITH CHECK (organization_id = current_setting('notes.organization', true));--> statement-breakpoint
CREATE POLICY "shares_of_tenant" ON "shares" AS PERMISSIVE FOR ALL TO "notes_tenant" USING (organization_id = current_setting('notes.organization', true)) WITH CHECK (organization_id = current_setting('notes.organization', true));--> statement-breakpoint
CREATE POLICY "shares_of_guest" ON "shares" AS PERMISSIVE FOR SELECT TO "notes_guest" USING (token_hash = current_setting('notes.share', true) AND expires_at > now());