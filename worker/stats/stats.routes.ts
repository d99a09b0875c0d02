import { type Counted, countEverything } from '#database/stats.repository.ts';
import { Stats } from '#protocol/http/stats.ts';
import { askTeam } from '../hosts/presence.ts';
import { atLeast } from '../http/access.ts';
import { route } from '../http/route.ts';

const oneDecimal = (value: number): number => Math.round(value * 10) / 10;

/** Of the deployments that ran to their end, in percent; canceled ones count neither way. */
const successRate = ({ completed, failed, partial }: Counted): number | null => {
  const ended = completed + failed + partial;
  return ended === 0 ? null : oneDecimal((100 * completed) / ended);
};

const deploymentStats = (counted: Counted): Stats['deployments'] => {
  const { deployments: total, completed, failed, partial, canceled, avg_duration_seconds } = counted;
  return {
    total,
    in_progress: total - completed - failed - partial - canceled,
    completed,
    failed,
    partial,
    canceled,
    success_rate: successRate(counted),
    avg_duration_seconds: avg_duration_seconds === null ? null : oneDecimal(avg_duration_seconds),
  };
};

const get = route(
  {
    method: 'get',
    path: '/stats',
    tag: 'stats',
    summary: 'Counts of everything; `in_progress` holds all deployments that have not ended',
    access: atLeast('viewer'),
    answer: { status: 200, description: 'Counts', schema: Stats },
  },
  async (context) => {
    const [counted, overview] = await Promise.all([
      countEverything(context.db, context.team_id),
      askTeam(context, (team) => team.overview()),
    ]);
    return {
      hosts: { total: counted.hosts, online: overview?.online_host_ids.length ?? counted.hosts_online },
      devices: { total: counted.devices, locked: overview?.locked_device_count ?? null },
      deployments: deploymentStats(counted),
      schedules: { active: counted.schedules_active, paused: counted.schedules_paused },
      files: { total: counted.files, bytes: counted.file_bytes },
    };
  },
);

export const statsRoutes = [get];
