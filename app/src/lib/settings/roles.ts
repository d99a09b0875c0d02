import { Role, roleAtLeast } from '#protocol/states.ts';

export const roleLabels: Record<Role, string> = {
  viewer: 'Viewer',
  operator: 'Operator',
  admin: 'Admin',
  owner: 'Owner',
};

const roleMeanings: Record<Role, string> = {
  viewer: 'Sees everything, changes nothing',
  operator: 'Deploys, reserves, edits',
  admin: 'Enrolls hosts, manages the team',
  owner: 'Everything',
};

/** The roles that someone of `own` role may give: none above it. */
export const grantableRoles = (own: Role): { value: Role; label: string; description: string }[] =>
  Role.options
    .filter((role) => roleAtLeast(own, role))
    .map((role) => ({ value: role, label: roleLabels[role], description: roleMeanings[role] }));
