CREATE TABLE `notifications` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`user_id` text NOT NULL,
	`kind` text NOT NULL,
	`title` text NOT NULL,
	`text` text NOT NULL,
	`link` text,
	`cause` text NOT NULL,
	`created_at` text NOT NULL,
	`read_at` text
);
--> statement-breakpoint
CREATE UNIQUE INDEX `notifications_by_cause` ON `notifications` (`user_id`,`cause`);--> statement-breakpoint
CREATE INDEX `notifications_by_user` ON `notifications` (`team_id`,`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `notifications_unread` ON `notifications` (`team_id`,`user_id`,`id`) WHERE read_at IS NULL;--> statement-breakpoint
CREATE INDEX `notifications_by_age` ON `notifications` (`created_at`);--> statement-breakpoint
CREATE TABLE `executions` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`schedule_id` text NOT NULL,
	`kind` text NOT NULL,
	`device_id` text,
	`device_name` text,
	`deployment_id` text,
	`target_id` text,
	`scheduled_at` text NOT NULL,
	`started_at` text,
	`completed_at` text,
	`status` text NOT NULL,
	`success` integer,
	`skip_reason` text,
	`error_message` text,
	`version` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `executions_once` ON `executions` (`schedule_id`,`scheduled_at`,`device_id`);--> statement-breakpoint
CREATE INDEX `executions_by_schedule` ON `executions` (`schedule_id`,`id`);--> statement-breakpoint
CREATE INDEX `executions_by_team` ON `executions` (`team_id`,`id`);--> statement-breakpoint
CREATE INDEX `executions_by_time` ON `executions` (`team_id`,`scheduled_at`);--> statement-breakpoint
CREATE INDEX `executions_by_deployment` ON `executions` (`deployment_id`,`device_id`);--> statement-breakpoint
CREATE TABLE `schedule_runs` (
	`schedule_id` text NOT NULL,
	`team_id` text NOT NULL,
	`scheduled_at` text NOT NULL,
	`kind` text NOT NULL,
	`outcome` text NOT NULL,
	`reason` text,
	`deployment_id` text,
	`fired_at` text,
	`ended_at` text,
	`until` text,
	`version` integer NOT NULL,
	PRIMARY KEY(`schedule_id`, `scheduled_at`)
);
--> statement-breakpoint
CREATE INDEX `schedule_runs_by_time` ON `schedule_runs` (`team_id`,`scheduled_at`);--> statement-breakpoint
CREATE INDEX `schedule_runs_open` ON `schedule_runs` (`scheduled_at`) WHERE outcome IN ('due', 'running');--> statement-breakpoint
CREATE TABLE `schedule_uses` (
	`schedule_id` text NOT NULL,
	`team_id` text NOT NULL,
	`kind` text NOT NULL,
	`used_id` text NOT NULL,
	PRIMARY KEY(`schedule_id`, `kind`, `used_id`)
);
--> statement-breakpoint
CREATE INDEX `schedule_uses_by_used` ON `schedule_uses` (`used_id`,`kind`);--> statement-breakpoint
CREATE TABLE `schedules` (
	`id` text PRIMARY KEY NOT NULL,
	`team_id` text NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`what` text NOT NULL,
	`spec` text NOT NULL,
	`recurrence` text NOT NULL,
	`timezone` text NOT NULL,
	`start_date` text,
	`end_date` text,
	`max_executions` integer,
	`count` text NOT NULL,
	`overlap` text NOT NULL,
	`if_reserved` text NOT NULL,
	`misfire` text NOT NULL,
	`cron_expression` text,
	`description` text NOT NULL,
	`created_by` text,
	`created_by_id` text,
	`created_at` text NOT NULL,
	`updated_at` text NOT NULL,
	`version` integer DEFAULT 1 NOT NULL,
	`defined_version` integer DEFAULT 0 NOT NULL,
	`status` text NOT NULL,
	`status_reason` text,
	`next_run_at` text,
	`last_run_at` text,
	`execution_count` integer DEFAULT 0 NOT NULL,
	`is_running` integer DEFAULT false NOT NULL,
	`state_version` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE INDEX `schedules_by_team` ON `schedules` (`team_id`,`id`);--> statement-breakpoint
CREATE INDEX `schedules_by_status` ON `schedules` (`team_id`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `schedules_due` ON `schedules` (`next_run_at`) WHERE status = 'active';--> statement-breakpoint
CREATE INDEX `schedules_undefined` ON `schedules` (`id`) WHERE defined_version < version;--> statement-breakpoint
CREATE TABLE `team_history_rules` (
	`team_id` text PRIMARY KEY NOT NULL,
	`keep_days` integer NOT NULL,
	`keep_executions` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `deployments` ADD `schedule_id` text;--> statement-breakpoint
ALTER TABLE `deployments` ADD `scheduled_at` text;--> statement-breakpoint
ALTER TABLE `deployments` ADD `firing` text;--> statement-breakpoint
CREATE UNIQUE INDEX `deployments_by_schedule` ON `deployments` (`schedule_id`,`scheduled_at`) WHERE schedule_id IS NOT NULL;--> statement-breakpoint
CREATE INDEX `deployments_fired` ON `deployments` (`team_id`,`created_at`) WHERE schedule_id IS NOT NULL;