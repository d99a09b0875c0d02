import type { z } from 'zod';
import { type CreateGroup, Group, type UpdateGroup } from '#protocol/http/groups.ts';
import { Device } from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import type { Http, Query } from './http.ts';

const GroupPage = pageOf(Group);
const DevicePage = pageOf(Device);

export const createGroupsApi = (http: Http) => ({
  list: (query: Query = {}) => http.get('/groups', GroupPage, query),
  get: (id: string) => http.get(`/groups/${id}`, Group),
  create: (body: z.input<typeof CreateGroup>, key: string) => http.post('/groups', Group, body, key),
  update: (id: string, body: z.input<typeof UpdateGroup>) => http.patch(`/groups/${id}`, Group, body),
  delete: (id: string) => http.send('DELETE', `/groups/${id}`),
  devices: (id: string, query: Query = {}) => http.get(`/groups/${id}/devices`, DevicePage, query),
  addMembers: (id: string, deviceIds: string[]) =>
    http.send('POST', `/groups/${id}/members`, { device_ids: deviceIds }),
  removeMembers: (id: string, deviceIds: string[]) =>
    http.send('DELETE', `/groups/${id}/members`, { device_ids: deviceIds }),
});
