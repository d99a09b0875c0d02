/** The filter of the list of hosts, as it is in the page's address. */
import { HostStatus } from '#protocol/states.ts';

export type HostFilter = { q: string; status: HostStatus | ''; label: string };

export const readHostFilter = (params: URLSearchParams): HostFilter => ({
  q: params.get('q') ?? '',
  status: HostStatus.safeParse(params.get('status')).data ?? '',
  label: params.get('label') ?? '',
});
