/** Paper for the first order: A6, and nothing else of the page on it. A named page would not reach through our layout,
 *  and a sheet made by script says nothing about paper. */
import paper from '../style/slip.css?url';

const ID = 'slip-paper';

/** Resolves once the printer would be told. */
export async function printsSlip(on: boolean): Promise<void> {
  document.documentElement.classList.toggle('prints-slip', on);
  const there = document.getElementById(ID);
  if (!on) return there?.remove();
  if (there) return;
  const link = Object.assign(document.createElement('link'), { id: ID, rel: 'stylesheet', href: paper });
  await new Promise((done) => {
    link.onload = link.onerror = done;
    document.head.append(link);
  });
}
