import {
  ActiveColors,
  Comparison,
  CreatedDeployment,
  Deployment,
  DeploymentPlan,
  DeploymentSummary,
  Progress,
  RollbackPreview,
  Target,
  Waves,
} from '#protocol/http/deployments.ts';
import { pageOf } from '#protocol/http/page.ts';
import { Reports } from '#protocol/http/scripts.ts';
import type { Body, Http, Query } from './http.ts';

const DeploymentPage = pageOf(DeploymentSummary);
const TargetPage = pageOf(Target);

export const createDeploymentsApi = (http: Http) => ({
  deployments: {
    list: (query: Query = {}) => http.get('/deployments', DeploymentPage, query),
    get: (id: string) => http.get(`/deployments/${id}`, Deployment),
    /** Changes nothing. */
    plan: (spec: Body) => http.post('/deployments/plan', DeploymentPlan, spec),
    create: (spec: Body, key: string) => http.post('/deployments', CreatedDeployment, spec, key),
    progress: (id: string) => http.get(`/deployments/${id}/progress`, Progress),
    targets: (id: string, query: Query = {}) => http.get(`/deployments/${id}/targets`, TargetPage, query),
    waves: (id: string) => http.get(`/deployments/${id}/waves`, Waves),
    log: (id: string, targetId: string) => http.text(`/deployments/${id}/targets/${targetId}/log`),
    reports: (id: string, targetId: string) => http.get(`/deployments/${id}/targets/${targetId}/reports`, Reports),
    act: (id: string, action: 'cancel' | 'pause' | 'resume' | 'promote') =>
      http.post(`/deployments/${id}/${action}`, Deployment),
    retry: (id: string, only: 'failed' | 'unfinished', key: string) =>
      http.post(`/deployments/${id}/retry`, CreatedDeployment, { only }, key),
    rollbackPreview: (id: string) => http.get(`/deployments/${id}/rollback`, RollbackPreview),
    rollback: (id: string, key: string) => http.post(`/deployments/${id}/rollback`, CreatedDeployment, undefined, key),
    compare: (id: string, other: string) => http.get(`/deployments/${id}/compare`, Comparison, { with: other }),
  },
  blueGreen: () => http.get('/blue-green', ActiveColors),
});
