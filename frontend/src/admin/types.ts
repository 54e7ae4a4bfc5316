/** What the server says about people, rooms and sessions. */
export interface Person {
  id: string;
  name: string;
  login: string | null;
  admin: boolean;
  active: boolean;
  waiting: boolean;
  erased: boolean;
  program: boolean;
  seen_at: string | null;
  organisations: string[];
  password: boolean;
  passkeys: number;
  identities: number;
}
export interface Organisation {
  id: string;
  name: string;
  kind: string;
  ars: string | null;
  closed_at: string | null;
  people: number;
}
export interface OpenSession {
  id: string;
  person: string;
  method: string;
  device: string;
  created_at: string;
  seen_at: string;
  ends_at: string;
  own: boolean;
}
export interface Room {
  id: string;
  name: string;
  note: string;
  incident: string | null;
  closed_at: string | null;
  members: number;
  manage: boolean;
}
export interface Member {
  kind: string;
  member: string;
  can_write: boolean;
  can_share: boolean;
  until: string | null;
  label: string | null;
}
export interface AuditLine {
  id: number;
  at: string;
  person: string;
  action: string;
  subject: string;
  detail: Record<string, unknown> | null;
}
export interface Methods {
  password: boolean;
  passkey: boolean;
  link: boolean;
  oidc: { name: string; start: string } | null;
  people: Record<string, number> | null;
}
