import type { Refusal as HostRefusal } from '#durable-objects/host/host-rpc.ts';
import { assertNever } from '#protocol/assert.ts';
import { conflict, forbidden, type Refusal } from '../http/problem.ts';

/** Why a host's object did not take or end a reservation. */
export const refuseLock = ({ error, message }: HostRefusal): Refusal => {
  switch (error) {
    case 'not_holder':
      return forbidden('devices.not_holder', message);
    case 'locked':
    case 'not_reserved':
    case 'unknown_device':
      return conflict(`devices.${error}`, message);
    default:
      return assertNever(error);
  }
};
