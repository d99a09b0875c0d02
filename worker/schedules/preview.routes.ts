/** What schedules will do: presets to begin with, a recurrence tried before it is saved, and the timeline of all of them. */
import { Preview, PreviewRequest, SchedulePresets, Timeline, TimelineQuery } from '#protocol/http/schedules.ts';
import { SCHEDULE_PRESETS } from '#protocol/recurrence.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';
import { preview } from './preview.ts';
import { readTimeline } from './timeline.ts';

const presets = route(
  {
    method: 'get',
    path: '/schedules/presets',
    tag: 'schedules',
    summary: 'Cron expressions to begin with',
    access: atLeast('viewer'),
    answer: { status: 200, description: 'The presets', schema: SchedulePresets },
  },
  async () => ({ items: [...SCHEDULE_PRESETS] }),
);

const tryOut = route(
  {
    method: 'post',
    path: '/schedules/preview',
    tag: 'schedules',
    summary: 'When a recurrence would run, in words and in times, or what is wrong with it; changes nothing',
    access: atLeast('viewer'),
    body: PreviewRequest,
    answer: { status: 200, description: 'The next runs, or `valid: false` with the errors', schema: Preview },
  },
  async ({ body, now }) => preview(body, now.getTime()),
);

const timeline = route(
  {
    method: 'get',
    path: '/schedules/timeline',
    tag: 'schedules',
    summary: 'What will run and what ran within at most 62 days',
    access: atLeast('viewer'),
    query: TimelineQuery,
    answer: { status: 200, description: 'The timeline', schema: Timeline },
  },
  async (context) => readTimeline(context, context.query),
);

export const schedulePreviewRoutes = [presets, tryOut, timeline];
