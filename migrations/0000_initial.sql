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
CREATE TABLE `active_colors` (
	`team_id` text NOT NULL,
	`blue_group_id` text NOT NULL,
	`green_group_id` text NOT NULL,
	`active` text NOT NULL,
	`deployment_id` text NOT NULL,
	`switched_at` text NOT NULL,
	PRIMARY KEY(`team_id`, `blue_group_id`, `green_group_id`)
);
--> statement-breakpoint
CREATE TABLE `deployment_files` (
	`deployment_id` text NOT NULL,
	`file_id` text NOT NULL,
	PRIMARY KEY(`deployment_id`, `file_id`)
);
--> statement-breakpoint
CREATE INDEX `deployment_files_by_file` ON `deployment_files` (`file_id`);--> statement-breakpoint
CREATE TABLE `deployment_plans` (
	`team_id` text NOT NULL,
	`hash` text NOT NULL,
	`content` text NOT NULL,
	`created_at` text NOT NULL,
	PRIMARY KEY(`team_id`, `hash`)
);
--> statement-breakpoint
CREATE INDEX `deployment_plans_by_time` ON `deployment_plans` (`created_at`);--> statement-breakpoint
CREATE TABLE `deployment_targets` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`deployment_id` text NOT NULL,
	`device_id` text NOT NULL,
	`device_key` text NOT NULL,
	`device_name` text NOT NULL,
	`host_id` text NOT NULL,
	`item_index` integer NOT NULL,
	`item` text NOT NULL,
	`wave` integer NOT NULL,
	`undoes` text,
	`status` text NOT NULL,
	`attempt` integer DEFAULT 1 NOT NULL,
	`progress_percent` integer,
	`result_message` text,
	`error_details` text,
	`exit_code` integer,
	`waiting_for` text,
	`started_at` text,
	`completed_at` text,
	`undo` text,
	`version` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `deployment_targets_by_deployment` ON `deployment_targets` (`deployment_id`,`id`);--> statement-breakpoint
CREATE TABLE `deployments` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`status` text NOT NULL,
	`spec` text NOT NULL,
	`items` text NOT NULL,
	`created_by` text,
	`created_by_id` text,
	`created_at` text NOT NULL,
	`started_at` text,
	`ended_at` text,
	`total_targets` integer NOT NULL,
	`pending` integer NOT NULL,
	`running` integer DEFAULT 0 NOT NULL,
	`completed` integer DEFAULT 0 NOT NULL,
	`failed` integer DEFAULT 0 NOT NULL,
	`skipped` integer DEFAULT 0 NOT NULL,
	`canceled` integer DEFAULT 0 NOT NULL,
	`success_rate` real,
	`strategy` text NOT NULL,
	`wave` integer DEFAULT 1 NOT NULL,
	`waves` integer NOT NULL,
	`gate` text,
	`stop_reason` text,
	`parent_id` text,
	`relation` text,
	`rollback_id` text,
	`activates` text,
	`version` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `deployments_by_team` ON `deployments` (`team_id`,`id`);--> statement-breakpoint
CREATE INDEX `deployments_by_status` ON `deployments` (`team_id`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `deployments_open` ON `deployments` (`status`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `deployments_one_rollback` ON `deployments` (`parent_id`) WHERE relation = 'rollback' AND status IN ('pending', 'in_progress', 'paused');--> statement-breakpoint
CREATE INDEX `deployments_by_parent` ON `deployments` (`parent_id`,`id`) WHERE parent_id IS NOT NULL;--> statement-breakpoint
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
CREATE TABLE `team_file_rules` (
	`team_id` text PRIMARY KEY NOT NULL,
	`allowed_extensions` text,
	`refused_extensions` text NOT NULL,
	`max_file_bytes` integer,
	`unused_files_expire_after_days` integer
);
--> statement-breakpoint
CREATE TABLE `file_leftovers` (
	`object_key` text PRIMARY KEY NOT NULL,
	`r2_upload_id` text,
	`due_at` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `file_leftovers_by_due` ON `file_leftovers` (`due_at`);--> statement-breakpoint
CREATE TABLE `file_upload_parts` (
	`upload_id` text NOT NULL,
	`number` integer NOT NULL,
	`etag` text NOT NULL,
	`received_at` text NOT NULL,
	PRIMARY KEY(`upload_id`, `number`)
);
--> statement-breakpoint
CREATE TABLE `file_uploads` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`file_id` text NOT NULL,
	`filename` text NOT NULL,
	`size` integer NOT NULL,
	`content_type` text NOT NULL,
	`r2_upload_id` text,
	`created_by` text NOT NULL,
	`created_at` text NOT NULL,
	`completed_at` text
);
--> statement-breakpoint
CREATE INDEX `file_uploads_by_age` ON `file_uploads` (`created_at`);--> statement-breakpoint
CREATE INDEX `file_uploads_by_team` ON `file_uploads` (`team_id`,`completed_at`,`id`);--> statement-breakpoint
CREATE TABLE `files` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`filename` text NOT NULL,
	`size` integer NOT NULL,
	`sha256` text NOT NULL,
	`content_type` text NOT NULL,
	`created_at` text NOT NULL,
	`touched_at` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `files_by_team` ON `files` (`team_id`,`id`);--> statement-breakpoint
CREATE INDEX `files_by_touch` ON `files` (`team_id`,`touched_at`);--> statement-breakpoint
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
	`capabilities` text,
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
CREATE INDEX `idempotency_keys_by_age` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `report_files` (
	`team_id` text NOT NULL,
	`target_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`path` text NOT NULL,
	`size` integer NOT NULL,
	`created_at` text NOT NULL,
	PRIMARY KEY(`target_id`, `attempt`, `path`)
);
--> statement-breakpoint
CREATE TABLE `report_omissions` (
	`team_id` text NOT NULL,
	`target_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`omitted` text NOT NULL,
	PRIMARY KEY(`target_id`, `attempt`)
);
--> statement-breakpoint
CREATE TABLE `script_versions` (
	`script_id` text NOT NULL,
	`version` integer NOT NULL,
	`interpreter` text NOT NULL,
	`content` text NOT NULL,
	`created_at` text NOT NULL,
	`created_by` text,
	PRIMARY KEY(`script_id`, `version`)
);
--> statement-breakpoint
CREATE TABLE `scripts` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`interpreter` text NOT NULL,
	`version` integer NOT NULL,
	`created_at` text NOT NULL,
	`updated_at` text NOT NULL,
	`updated_by` text
);
--> statement-breakpoint
CREATE INDEX `scripts_by_team` ON `scripts` (`team_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `scripts_by_name` ON `scripts` (`team_id`,`name`);--> statement-breakpoint
CREATE TABLE `software` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`name` text NOT NULL,
	`version` text,
	`package_type` text,
	`file_id` text,
	`download_url` text,
	`sha256` text,
	`install_args` text NOT NULL,
	`uninstall_command` text,
	`rollback_command` text,
	`created_at` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `software_by_team` ON `software` (`team_id`,`id`);--> statement-breakpoint
CREATE INDEX `software_by_file` ON `software` (`file_id`);