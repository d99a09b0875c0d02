/** What the view of a log asks of the API. */
import { LogLines, LogSearch } from '#protocol/http/logs.ts';
import type { Http, Query } from '../api/http.ts';

export const createLogApi = (http: Http, deploymentId: string, targetId: string) => {
  const path = `/deployments/${deploymentId}/targets/${targetId}`;
  return {
    /** For a link. */
    textAddress: `/api${path}/log`,
    tailPath: `/api${path}/tail`,
    lines: (query: Query) => http.get(`${path}/log/lines`, LogLines, query),
    search: (query: Query) => http.get(`${path}/log/search`, LogSearch, query),
    text: () => http.text(`${path}/log`),
  };
};

export type LogApi = ReturnType<typeof createLogApi>;
