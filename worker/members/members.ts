/** Who may do what to whom: an admin manages everybody but owners, and a team always keeps an owner. */

import type { z } from 'zod';
import { deleteSessionsOf } from '#database/auth.repository.ts';
import type { Statement } from '#database/database.ts';
import {
  countTeamsOf,
  deleteMember,
  findMember,
  insertMembership,
  insertUser,
  updateMemberRole,
  updatePassword,
  usernameTaken,
} from '#database/teams.repository.ts';
import type { CreateMember, Member, UpdateMember } from '#protocol/http/auth.ts';
import { newId, type UserId } from '#protocol/ids.ts';
import { type Role, roleAtLeast } from '#protocol/states.ts';
import { hashPassword } from '../auth/password.ts';
import type { PersonContext } from '../context.ts';
import { conflict, forbidden, notFound, Refusal } from '../http/problem.ts';

const tooHigh = () => forbidden('members.owner_required', 'Only an owner may do this to an owner, or make one.');
const lastOwner = () => conflict('members.last_owner', 'The last owner of a team stays its owner.');
const nameTaken = () => conflict('members.username_taken', 'This user name is taken.');

export const addMember = async (
  { db, ids, now, team_id, role, audit }: PersonContext,
  member: z.output<typeof CreateMember>,
): Promise<Member | Refusal> => {
  if (!roleAtLeast(role, member.role)) return tooHigh();
  if (await usernameTaken(db, member.username)) return nameTaken();
  const user_id = newId('user', ids);
  const created_at = now.toISOString();
  const password_hash = await hashPassword(member.password, ids.randomBytes);
  try {
    await db.batch([
      insertUser(db, { id: user_id, username: member.username, password_hash, created_at }),
      insertMembership(db, { team_id, user_id, role: member.role, created_at }),
      audit('members.create', user_id, { username: member.username, role: member.role }),
    ]);
  } catch (error) {
    // Someone else may have taken the name since it was looked up; anything but that is a fault of ours.
    if (await usernameTaken(db, member.username)) return nameTaken();
    throw error;
  }
  return { user_id, username: member.username, role: member.role, created_at };
};

const findManageable = async (context: PersonContext, userId: UserId): Promise<Member | Refusal> => {
  const member = await findMember(context.db, context.team_id, userId);
  if (member === null) return notFound('members');
  return roleAtLeast(context.role, member.role) ? member : tooHigh();
};

const changeRole = async (context: PersonContext, member: Member, role: Role): Promise<Refusal | null> => {
  const { db, team_id, auditIfChanged } = context;
  if (!roleAtLeast(context.role, role)) return tooHigh();
  if (member.role === role) return null;
  const details = { from: member.role, to: role };
  const [changed] = await db.batch([
    updateMemberRole(db, team_id, member.user_id, role),
    auditIfChanged('members.update', member.user_id, details),
  ]);
  return changed.length > 0 ? null : lastOwner();
};

/** A new password ends everything that the person was signed in with, the caller's own session aside when it is theirs. */
const changePassword = async (context: PersonContext, member: Member, password: string): Promise<Refusal | null> => {
  const { db, ids, user, audit } = context;
  const own = member.user_id === user.id;
  if (!own && (await countTeamsOf(db, member.user_id)) > 1)
    return forbidden(
      'members.other_teams',
      'This person belongs to other teams too and sets their password themselves.',
    );
  const keep = own ? context.session.id : null;
  await db.batch([
    updatePassword(db, member.user_id, await hashPassword(password, ids.randomBytes)),
    deleteSessionsOf(db, member.user_id, { teamId: null, keep }),
    audit('members.set_password', member.user_id),
  ]);
  return null;
};

export const changeMember = async (
  context: PersonContext,
  userId: UserId,
  { role, password }: z.output<typeof UpdateMember>,
): Promise<Member | Refusal> => {
  const member = await findManageable(context, userId);
  if (member instanceof Refusal) return member;
  const roleRefused = role === undefined ? null : await changeRole(context, member, role);
  if (roleRefused !== null) return roleRefused;
  const passwordRefused = password === undefined ? null : await changePassword(context, member, password);
  return passwordRefused ?? { ...member, role: role ?? member.role };
};

export const removeMember = async (context: PersonContext, userId: UserId): Promise<Refusal | undefined> => {
  const { db, team_id, auditIfChanged } = context;
  const member = await findManageable(context, userId);
  if (member instanceof Refusal) return member;
  const signOut: Statement = deleteSessionsOf(db, userId, { teamId: team_id, keep: null });
  const [removed] = await db.batch([
    deleteMember(db, team_id, userId),
    auditIfChanged('members.delete', userId, { username: member.username }),
  ]);
  if (removed.length === 0) return lastOwner();
  // Sessions of the team are worthless without the membership already; this only clears them away.
  await db.batch([signOut]);
  return undefined;
};
