import type { z } from 'zod';
import { pageOf } from '#protocol/http/page.ts';
import {
  CreatedSchedules,
  ExecutedSchedule,
  ExecutionStats,
  HistoryRules,
  LedgerEntry,
  ListedExecution,
  Preview,
  type PreviewRequest,
  Schedule,
  SchedulePresets,
  ScheduleStats,
  ScheduleSummary,
  Timeline,
  type UpdateHistoryRules,
} from '#protocol/http/schedules.ts';
import type { CreateSchedule, UpdateSchedule } from '#protocol/schedule.ts';
import type { Http, Query } from './http.ts';

const SchedulePage = pageOf(ScheduleSummary);
const ExecutionPage = pageOf(ListedExecution);
const LedgerPage = pageOf(LedgerEntry);

export const createSchedulesApi = (http: Http) => ({
  list: (query: Query = {}) => http.get('/schedules', SchedulePage, query),
  get: (id: string) => http.get(`/schedules/${id}`, Schedule),
  create: (body: z.input<typeof CreateSchedule>, key: string) => http.post('/schedules', CreatedSchedules, body, key),
  update: (id: string, body: z.input<typeof UpdateSchedule>) => http.patch(`/schedules/${id}`, Schedule, body),
  delete: (id: string) => http.send('DELETE', `/schedules/${id}`),
  act: (id: string, action: 'pause' | 'resume' | 'stop') => http.post(`/schedules/${id}/${action}`, Schedule),
  execute: (id: string, key: string) => http.post(`/schedules/${id}/execute`, ExecutedSchedule, undefined, key),
  /** With its secrets; it begins anew. */
  duplicate: (id: string, body: { name?: string; paused?: boolean }, key: string) =>
    http.post(`/schedules/${id}/duplicate`, Schedule, body, key),
  /** Changes nothing, and answers also when what is asked about is wrong. */
  preview: (body: z.input<typeof PreviewRequest>) => http.post('/schedules/preview', Preview, body),
  presets: () => http.get('/schedules/presets', SchedulePresets),
  executions: (id: string, query: Query = {}) => http.get(`/schedules/${id}/executions`, ExecutionPage, query),
  ledger: (id: string, query: Query = {}) => http.get(`/schedules/${id}/ledger`, LedgerPage, query),
  /** Of one schedule. */
  statsOf: (id: string) => http.get(`/schedules/${id}/stats`, ExecutionStats),
  /** Of the team. */
  stats: () => http.get('/schedules/stats', ScheduleStats),
  timeline: (from: string, to: string) => http.get('/schedules/timeline', Timeline, { from, to }),
  historyRules: () => http.get('/team/history-rules', HistoryRules),
  setHistoryRules: (body: z.input<typeof UpdateHistoryRules>) => http.patch('/team/history-rules', HistoryRules, body),
});
