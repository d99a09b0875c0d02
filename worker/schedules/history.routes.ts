/** What schedules ran: executions, the ledger, statistics, and how much of it the team keeps. */
import { z } from 'zod';
import { findHistoryRules, updateHistoryRules } from '#database/history-rules.repository.ts';
import { listLedger } from '#database/schedule-history.repository.ts';
import { countSchedules, executionStats } from '#database/schedule-stats.repository.ts';
import { pageOf } from '#protocol/http/page.ts';
import {
  ExecutionQuery,
  ExecutionStats,
  HistoryRules,
  LedgerEntry,
  LedgerQuery,
  ListedExecution,
  ScheduleStats,
  TeamExecutionQuery,
  UpdateHistoryRules,
} from '#protocol/http/schedules.ts';
import { ScheduleId } from '#protocol/ids.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { scheduleNotFound } from './schedules.errors.ts';
import { findUpToDate, listCurrentExecutions } from './up-to-date.ts';

const params = z.object({ schedule_id: ScheduleId });

const executions = route(
  {
    method: 'get',
    path: '/schedules/{schedule_id}/executions',
    tag: 'schedules',
    summary: 'What a schedule ran, device by device, newest first',
    access: atLeast('viewer'),
    params,
    query: ExecutionQuery,
    answer: { status: 200, description: 'A page of executions', schema: pageOf(ListedExecution) },
  },
  async (context) => {
    const { schedule_id } = context.params;
    if (!(await findUpToDate(context, schedule_id))) return scheduleNotFound();
    return listCurrentExecutions(context, { ...context.query, schedule_id });
  },
);

const teamExecutions = route(
  {
    method: 'get',
    path: '/executions',
    tag: 'schedules',
    summary: 'What all schedules of the team ran, device by device, newest first',
    access: atLeast('viewer'),
    query: TeamExecutionQuery,
    answer: { status: 200, description: 'A page of executions', schema: pageOf(ListedExecution) },
  },
  async (context) => listCurrentExecutions(context, context.query),
);

const ledger = route(
  {
    method: 'get',
    path: '/schedules/{schedule_id}/ledger',
    tag: 'schedules',
    summary: 'What became of each scheduled instant and why, newest first',
    access: atLeast('viewer'),
    params,
    query: LedgerQuery,
    answer: { status: 200, description: 'A page of the ledger', schema: pageOf(LedgerEntry) },
  },
  async (context) => {
    const { schedule_id } = context.params;
    if (!(await findUpToDate(context, schedule_id))) return scheduleNotFound();
    return listLedger(context.db, context.team_id, schedule_id, context.query);
  },
);

const stats = route(
  {
    method: 'get',
    path: '/schedules/{schedule_id}/stats',
    tag: 'schedules',
    summary: 'How the executions of a schedule went, how long they took and how late they began',
    access: atLeast('viewer'),
    params,
    answer: { status: 200, description: 'The numbers', schema: ExecutionStats },
  },
  async (context) => {
    const { schedule_id } = context.params;
    if (!(await findUpToDate(context, schedule_id))) return scheduleNotFound();
    return executionStats(context.db, context.team_id, schedule_id);
  },
);

const teamStats = route(
  {
    method: 'get',
    path: '/schedules/stats',
    tag: 'schedules',
    summary: 'The same of all schedules of the team, and how many there are',
    access: atLeast('viewer'),
    answer: { status: 200, description: 'The numbers', schema: ScheduleStats },
  },
  async ({ db, team_id }) => {
    const [counted, ran] = await Promise.all([countSchedules(db, team_id), executionStats(db, team_id, null)]);
    return { ...counted, executions: ran };
  },
);

const getRules = route(
  {
    method: 'get',
    path: '/team/history-rules',
    tag: 'schedules',
    summary: 'How much is kept of what schedules ran',
    access: atLeast('viewer'),
    answer: { status: 200, description: 'The rules', schema: HistoryRules },
  },
  async ({ db, team_id }) => findHistoryRules(db, team_id),
);

const updateRules = route(
  {
    method: 'patch',
    path: '/team/history-rules',
    tag: 'schedules',
    summary:
      'Change how much is kept; what the body does not name stays. What is beyond goes bit by bit from the next hour on',
    access: atLeast('admin'),
    body: UpdateHistoryRules,
    answer: { status: 200, description: 'The rules as they are now', schema: HistoryRules },
  },
  async ({ db, team_id, audit, body }) => {
    if (Object.keys(body).length === 0) return findHistoryRules(db, team_id);
    const [[rules]] = await db.batch([
      updateHistoryRules(db, team_id, body),
      audit('history_rules.update', team_id, body),
    ]);
    return rules ?? findHistoryRules(db, team_id);
  },
);

/** Of whose paths that of one schedule would be one. */
export const scheduleStatsRoutes = [teamStats];
export const scheduleHistoryRoutes = [executions, teamExecutions, ledger, stats, getRules, updateRules];
