import type { z } from 'zod';
import {
  CreatedEnrollmentToken,
  type CreateEnrollmentToken,
  Device,
  DeviceQueue,
  EnrollmentToken,
  Host,
  type ReserveDevice,
  type UpdateDevice,
  type UpdateHost,
} from '#protocol/http/hosts.ts';
import { pageOf } from '#protocol/http/page.ts';
import { Stats } from '#protocol/http/stats.ts';
import { type Http, type Query, queryString } from './http.ts';

const HostPage = pageOf(Host);
const DevicePage = pageOf(Device);
const TokenPage = pageOf(EnrollmentToken);

export const createHostsApi = (http: Http) => ({
  stats: () => http.get('/stats', Stats),
  hosts: {
    list: (query: Query = {}) => http.get('/hosts', HostPage, query),
    get: (id: string) => http.get(`/hosts/${id}`, Host),
    update: (id: string, body: z.input<typeof UpdateHost>) => http.patch(`/hosts/${id}`, Host, body),
    delete: (id: string) => http.send('DELETE', `/hosts/${id}`),
    /** The latest lines, one an event, oldest first. */
    log: (id: string, limit: number) => http.text(`/hosts/${id}/log${queryString({ limit })}`),
    /** All that is kept of it, for a link. */
    logAddress: (id: string): string => `/api/hosts/${id}/log?limit=5000`,
    disconnect: (id: string) => http.send('POST', `/hosts/${id}/disconnect`),
  },
  devices: {
    list: (query: Query = {}) => http.get('/devices', DevicePage, query),
    get: (id: string) => http.get(`/devices/${id}`, Device),
    update: (id: string, body: z.input<typeof UpdateDevice>) => http.patch(`/devices/${id}`, Device, body),
    queue: (id: string) => http.get(`/devices/${id}/queue`, DeviceQueue),
    reserve: (id: string, body: z.input<typeof ReserveDevice>) => http.send('POST', `/devices/${id}/lock`, body),
    release: (id: string) => http.send('DELETE', `/devices/${id}/lock`),
  },
  enrollmentTokens: {
    list: (query: Query = {}) => http.get('/enrollment-tokens', TokenPage, query),
    create: (body: z.input<typeof CreateEnrollmentToken>, key: string) =>
      http.post('/enrollment-tokens', CreatedEnrollmentToken, body, key),
    delete: (id: string) => http.send('DELETE', `/enrollment-tokens/${id}`),
  },
});
