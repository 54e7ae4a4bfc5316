/** What of the administration a session gets. */
import type { Session } from '../api/types';

export const SECTIONS = ['people', 'organisations', 'rooms', 'sessions', 'methods', 'audit'] as const;
export type Section = (typeof SECTIONS)[number];

export function sections(session: Session): Section[] {
  if (session.rights.includes('PEOPLE')) return [...SECTIONS];
  return session.rights.includes('ROOMS') || session.rooms.some((room) => room.share) ? ['rooms'] : [];
}

export function manages(session: Session): boolean {
  return session.signed_in && sections(session).length > 0;
}
