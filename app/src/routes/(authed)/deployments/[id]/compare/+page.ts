import { DeploymentId } from '#protocol/ids.ts';
import { loadPage } from '$lib/api/load-page.ts';
import type { PageLoad } from './$types';

/** Without a second deployment, those that it can be compared with. */
export const load: PageLoad = (event) => {
  const id = encodeURIComponent(event.params.id);
  const other = DeploymentId.safeParse(event.url.searchParams.get('with')).data ?? null;
  return loadPage(event, async (api) => {
    if (other !== null) return { comparison: await api.deployments.compare(id, other), choice: null };
    const deployment = await api.deployments.get(id);
    const page = await api.deployments.list({ kind: deployment.kind, limit: 100 });
    return { comparison: null, choice: { deployment, page } };
  });
};
