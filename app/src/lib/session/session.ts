/** Who is signed in, for every component of a signed-in page. */
import { createContext } from 'svelte';
import type { CurrentUser } from '#protocol/http/auth.ts';
import { roleAtLeast } from '#protocol/states.ts';

export class Session {
  readonly #user: () => CurrentUser;

  /** `user` is a function so that a change of role shows without a reload. */
  constructor(user: () => CurrentUser) {
    this.#user = user;
  }

  get user(): CurrentUser {
    return this.#user();
  }

  /** May deploy, reserve devices and edit hosts, groups, software and files. Viewers only look. */
  get canOperate(): boolean {
    return roleAtLeast(this.user.role, 'operator');
  }

  /** Who acts, and what they may do, for rules that are pure. */
  get actor(): { id: string; canOperate: boolean; canAdminister: boolean } {
    return { id: this.user.id, canOperate: this.canOperate, canAdminister: this.canAdminister };
  }

  /** May enroll and delete hosts and manage the team. */
  get canAdminister(): boolean {
    return roleAtLeast(this.user.role, 'admin');
  }
}

export const [getSession, setSession] = createContext<Session>();
