CREATE TABLE `audit_entries` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`at` text NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject_id` text,
	`address` text,
	`details` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_entries_by_team` ON `audit_entries` (`team_id`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_by_actor` ON `audit_entries` (`team_id`,`actor`,`id`);--> statement-breakpoint
CREATE INDEX `audit_entries_by_action` ON `audit_entries` (`team_id`,`action`,`id`);--> statement-breakpoint
CREATE TABLE `login_attempts` (
	`subject` text PRIMARY KEY NOT NULL,
	`failures` integer NOT NULL,
	`window_ends_at` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `memberships` (
	`team_id` text NOT NULL,
	`user_id` text NOT NULL,
	`role` text NOT NULL,
	`created_at` text NOT NULL,
	PRIMARY KEY(`team_id`, `user_id`)
);
--> statement-breakpoint
CREATE INDEX `memberships_by_user` ON `memberships` (`user_id`,`team_id`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`id` text PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`token_hash` text NOT NULL,
	`user_id` text NOT NULL,
	`team_id` text NOT NULL,
	`name` text,
	`role_cap` text,
	`created_at` text NOT NULL,
	`expires_at` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `sessions_token_hash_unique` ON `sessions` (`token_hash`);--> statement-breakpoint
CREATE INDEX `sessions_by_user` ON `sessions` (`user_id`,`team_id`);--> statement-breakpoint
CREATE INDEX `sessions_by_team` ON `sessions` (`team_id`,`kind`,`id`);--> statement-breakpoint
CREATE INDEX `sessions_by_end` ON `sessions` (`expires_at`);--> statement-breakpoint
CREATE TABLE `teams` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`username` text NOT NULL,
	`password_hash` text NOT NULL,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_username_unique` ON `users` (`username`);--> statement-breakpoint
CREATE TABLE `enrollment_tokens` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`name` text NOT NULL,
	`token_hash` text NOT NULL,
	`expires_at` text NOT NULL,
	`max_uses` integer,
	`uses` integer DEFAULT 0 NOT NULL,
	`labels` text NOT NULL,
	`group_ids` text NOT NULL,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `enrollment_tokens_token_hash_unique` ON `enrollment_tokens` (`token_hash`);--> statement-breakpoint
CREATE INDEX `enrollment_tokens_by_team` ON `enrollment_tokens` (`team_id`,`id`);--> statement-breakpoint
CREATE TABLE `group_members` (
	`group_id` text NOT NULL,
	`device_id` text NOT NULL,
	`team_id` text NOT NULL,
	PRIMARY KEY(`group_id`, `device_id`)
);
--> statement-breakpoint
CREATE INDEX `group_members_by_device` ON `group_members` (`device_id`);--> statement-breakpoint
CREATE TABLE `groups` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`selector` text,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `groups_by_team` ON `groups` (`team_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `groups_by_name` ON `groups` (`team_id`,`name`);--> statement-breakpoint
CREATE TABLE `devices` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`host_id` text NOT NULL,
	`key` text NOT NULL,
	`name` text NOT NULL,
	`custom_name` text,
	`kind` text NOT NULL,
	`labels` text NOT NULL,
	`custom_labels` text,
	`attached` integer DEFAULT true NOT NULL,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `devices_by_host` ON `devices` (`host_id`,`key`);--> statement-breakpoint
CREATE INDEX `devices_by_team` ON `devices` (`team_id`,`id`);--> statement-breakpoint
CREATE TABLE `hosts` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`name` text NOT NULL,
	`machine_id` text NOT NULL,
	`public_key` text NOT NULL,
	`os` text NOT NULL,
	`arch` text NOT NULL,
	`platform` text NOT NULL,
	`agent_version` text,
	`hostname` text NOT NULL,
	`cpus` integer NOT NULL,
	`memory_bytes` integer NOT NULL,
	`labels` text NOT NULL,
	`online` integer DEFAULT false NOT NULL,
	`last_seen_at` text,
	`created_at` text NOT NULL,
	`revoked_at` text
);
--> statement-breakpoint
CREATE INDEX `hosts_by_team` ON `hosts` (`team_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `hosts_by_machine` ON `hosts` (`team_id`,`machine_id`,`public_key`) WHERE revoked_at is null;--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`key_hash` text PRIMARY KEY NOT NULL,
	`body_hash` text NOT NULL,
	`status` integer,
	`content_type` text,
	`answer` blob,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_by_age` ON `idempotency_keys` (`created_at`);