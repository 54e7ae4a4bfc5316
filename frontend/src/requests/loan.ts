/** In which words a resource is lent, borrowed or held. For the board as for our own panels. */
import { moment } from '../format';
import type { Words } from '../text/de';

export interface Marked {
  organisation?: string;
  hold?: { inquiry: string; organisation: string; until: string } | null;
  loan?: { inquiry: string; organisation: string; since: string; until?: string | null; recall_hours?: number | null } | null;
}

export interface Mark {
  kind: 'LENT' | 'BORROWED' | 'HELD';
  text: string;
  inquiry: string;
}

export interface Parties {
  addressee?: { name: string };
  requester?: { name: string };
}

/** `mine` are our own organisations: what is theirs and away is lent, what is another's and with us is borrowed.
 *  `between` tells the two sides of an inquiry, if it may be seen. */
export function loanMark(body: Marked, mine: readonly string[], now: number, words: Words['requests']['mark'], between: (inquiry: string) => Parties | undefined): Mark | null {
  if (body.loan) {
    const { inquiry, until } = body.loan;
    const parties = between(inquiry);
    const borrowed = mine.includes(body.loan.organisation) && !mine.includes(body.organisation ?? '');
    const other = (borrowed ? parties?.addressee?.name : parties?.requester?.name) ?? words.another;
    const said = borrowed ? words.borrowed(other) : words.lent(other);
    return { kind: borrowed ? 'BORROWED' : 'LENT', text: until ? `${said} ${words.until(moment(until))}` : said, inquiry };
  }
  if (body.hold && Date.parse(body.hold.until) > now) {
    const { inquiry, until } = body.hold;
    return { kind: 'HELD', text: `${words.held(between(inquiry)?.requester?.name ?? words.another)} ${words.until(moment(until))}`, inquiry };
  }
  return null;
}
