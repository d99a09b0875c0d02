import { z } from 'zod';
import { SessionId, TeamId, UserId } from '../ids.ts';
import { Role } from '../states.ts';
import { Instant, Name } from '../text.ts';

export const Username = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9._@+-]{1,99}$/, 'must be 2 to 100 letters, digits or . _ @ + -');
export const Password = z.string().min(10, 'must be at least 10 characters').max(200, 'must be at most 200 characters');

export const LoginRequest = z.strictObject({
  username: z.string().trim().min(1, 'must not be empty').max(100),
  password: z.string().min(1, 'must not be empty').max(200),
  totp_code: z.string().max(20).optional(),
});

export const CurrentUser = z.object({
  id: UserId,
  username: z.string(),
  team_id: TeamId,
  team_name: z.string(),
  role: Role,
});
export type CurrentUser = z.infer<typeof CurrentUser>;

export const LoginResponse = z.object({ token: z.string(), expires_at: Instant, user: CurrentUser });

/** People of the caller's team. */
export const Member = z.object({ user_id: UserId, username: z.string(), role: Role, created_at: Instant });
export type Member = z.infer<typeof Member>;
export const CreateMember = z.strictObject({ username: Username, password: Password, role: Role });
export const UpdateMember = z.strictObject({ role: Role.optional(), password: Password.optional() });

/** Teams the caller belongs to; a session works in one of them at a time. */
export const Team = z.object({ id: TeamId, name: z.string(), role: Role, created_at: Instant });
export type Team = z.infer<typeof Team>;
export const CreateTeam = z.strictObject({ name: Name });
export const SwitchTeam = z.strictObject({ team_id: TeamId });

/** Tokens for programs: a member's own, for the team that the member was working in, never with more than the member may do. */
export const ApiToken = z.object({
  id: SessionId,
  name: z.string(),
  role: Role,
  username: z.string(),
  expires_at: Instant.nullable(),
  created_at: Instant,
});
export type ApiToken = z.infer<typeof ApiToken>;
export const CreateApiToken = z.strictObject({
  name: Name,
  role: Role.optional(),
  /** Without it the token has no end but its deletion. */
  expires_in_seconds: z
    .int()
    .min(60)
    .max(10 * 365 * 86_400)
    .optional(),
});
/** The token itself is in the answer that makes it and nowhere else. */
export const CreatedApiToken = ApiToken.extend({ token: z.string() });
