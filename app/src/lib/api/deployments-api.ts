import { CreatedDeployment, Deployment, DeploymentSummary, Progress, Target } from '#protocol/http/deployments.ts';
import { pageOf } from '#protocol/http/page.ts';
import type { Body, Http, Query } from './http.ts';

const DeploymentPage = pageOf(DeploymentSummary);
const TargetPage = pageOf(Target);

export const createDeploymentsApi = (http: Http) => ({
  deployments: {
    list: (query: Query = {}) => http.get('/deployments', DeploymentPage, query),
    get: (id: string) => http.get(`/deployments/${id}`, Deployment),
    create: (spec: Body, key: string) => http.post('/deployments', CreatedDeployment, spec, key),
    progress: (id: string) => http.get(`/deployments/${id}/progress`, Progress),
    targets: (id: string, query: Query = {}) => http.get(`/deployments/${id}/targets`, TargetPage, query),
    log: (id: string, targetId: string) => http.text(`/deployments/${id}/targets/${targetId}/log`),
    act: (id: string, action: 'cancel' | 'pause' | 'resume' | 'promote' | 'retry' | 'rollback', body?: Body) =>
      http.send('POST', `/deployments/${id}/${action}`, body),
  },
});
