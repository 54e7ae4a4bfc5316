/** What a link says, whoever wrote it: a partner speaks for its own incidents only. */
export interface Said {
  /** Whose it is, if it is not ours. */
  readonly origin?: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Refs of partners' incidents that somebody holds for the same as this one of ours (its ref). */
export function linkedOf(own: string, links: readonly Said[]): Set<string> {
  return new Set(links.filter(({ body }) => !body.ended_at).map((link) => other(link, own)).filter((ref) => ref !== null));
}

function other({ origin, body }: Said, own: string): string | null {
  const [mine, theirs] = origin ? [body.theirs, body.incident] : [body.incident, body.theirs];
  if (mine !== own || typeof theirs !== 'string') return null;
  return origin && !theirs.startsWith(`${origin}/incident/`) ? null : theirs;
}

/** What of a partner passes while an incident is chosen: what belongs to none, and what belongs to a linked one. */
export function passes({ origin, body }: Said, linked: ReadonlySet<string>): boolean {
  return typeof body.incident !== 'string' || linked.has(`${origin}/incident/${body.incident}`);
}
