/** Every route of the API, feature by feature. */
import { agentConnectRoutes } from './agent-connect/agent-connect.routes.ts';
import { agentDistributionRoutes } from './agent-distribution/agent-distribution.routes.ts';
import { agentFileRoutes } from './agent-files/agent-files.routes.ts';
import { agentReportRoutes } from './agent-reports/agent-reports.routes.ts';
import { auditRoutes } from './audit/audit.routes.ts';
import { authRoutes } from './auth/auth.routes.ts';
import { tokenRoutes } from './auth/tokens.routes.ts';
import { controlRoutes } from './deployments/control.routes.ts';
import { deploymentRoutes } from './deployments/deployments.routes.ts';
import { deriveRoutes } from './deployments/derive.routes.ts';
import { logRoutes } from './deployments/log.routes.ts';
import { planRoutes } from './deployments/plan.routes.ts';
import { documentationRoutes } from './documentation/documentation.routes.ts';
import { enrollRoutes } from './enrollment/enroll.routes.ts';
import { enrollmentTokenRoutes } from './enrollment/enrollment-tokens.routes.ts';
import { fileRulesRoutes } from './files/file-rules.routes.ts';
import { fileRoutes } from './files/files.routes.ts';
import { uploadRoutes } from './files/uploads.routes.ts';
import { groupRoutes } from './groups/groups.routes.ts';
import { healthRoutes } from './health/health.routes.ts';
import { deviceLockRoutes } from './hosts/device-locks.routes.ts';
import { deviceRoutes } from './hosts/devices.routes.ts';
import { hostLogRoutes } from './hosts/host-log.routes.ts';
import { hostRoutes } from './hosts/hosts.routes.ts';
import type { Route } from './http/route.ts';
import { liveRoutes } from './live/live.routes.ts';
import { memberRoutes } from './members/members.routes.ts';
import { teamRoutes } from './members/teams.routes.ts';
import { notificationRoutes } from './notifications/notifications.routes.ts';
import { reportRoutes } from './reports/reports.routes.ts';
import { scheduleControlRoutes } from './schedules/control.routes.ts';
import { scheduleHistoryRoutes, scheduleStatsRoutes } from './schedules/history.routes.ts';
import { schedulePreviewRoutes } from './schedules/preview.routes.ts';
import { scheduleRoutes } from './schedules/schedules.routes.ts';
import { scriptRoutes } from './scripts/scripts.routes.ts';
import { softwareRoutes } from './software/software.routes.ts';
import { statsRoutes } from './stats/stats.routes.ts';

const features: readonly Route[] = [
  ...healthRoutes,
  ...authRoutes,
  ...tokenRoutes,
  ...teamRoutes,
  ...memberRoutes,
  ...enrollmentTokenRoutes,
  ...enrollRoutes,
  ...agentDistributionRoutes,
  ...hostRoutes,
  ...hostLogRoutes,
  ...deviceRoutes,
  ...deviceLockRoutes,
  ...groupRoutes,
  ...softwareRoutes,
  // Before the files, of whose paths theirs would be one.
  ...uploadRoutes,
  ...fileRoutes,
  ...fileRulesRoutes,
  ...scriptRoutes,
  ...agentFileRoutes,
  ...agentReportRoutes,
  // Before the deployments, of whose paths `plan` would be one.
  ...planRoutes,
  ...deploymentRoutes,
  ...controlRoutes,
  ...deriveRoutes,
  ...logRoutes,
  ...reportRoutes,
  // Before the schedules, of whose paths theirs would be some.
  ...schedulePreviewRoutes,
  ...scheduleStatsRoutes,
  ...scheduleRoutes,
  ...scheduleControlRoutes,
  ...scheduleHistoryRoutes,
  ...agentConnectRoutes,
  ...liveRoutes,
  ...notificationRoutes,
  ...statsRoutes,
  ...auditRoutes,
];

/** The document describes all routes, its own two among them. */
export const allRoutes: readonly Route[] = [...features, ...documentationRoutes(features)];
