/** Everything the dashboard asks of the API, by resource. In components use `api`; in `load` use `loadPage`. */
import { createAuthApi } from './auth-api.ts';
import { createDeploymentsApi } from './deployments-api.ts';
import { createFilesApi } from './files-api.ts';
import { createGroupsApi } from './groups-api.ts';
import { createHostsApi } from './hosts-api.ts';
import { Http } from './http.ts';
import { createNotificationsApi } from './notifications-api.ts';
import { createSchedulesApi } from './schedules-api.ts';
import { createScriptsApi } from './scripts-api.ts';
import { createSoftwareApi } from './software-api.ts';
import { createTeamApi } from './team-api.ts';

export const createApi = (fetcher: typeof fetch) => {
  const http = new Http(fetcher);
  return {
    auth: createAuthApi(http),
    team: createTeamApi(http),
    ...createHostsApi(http),
    groups: createGroupsApi(http),
    software: createSoftwareApi(http),
    scripts: createScriptsApi(http),
    files: createFilesApi(http),
    notifications: createNotificationsApi(http),
    ...createDeploymentsApi(http),
    schedules: createSchedulesApi(http),
  };
};

export type Api = ReturnType<typeof createApi>;

/** For components in the browser; the session cookie goes along by itself. */
export const api = createApi((input, init) => fetch(input, init));
