/** Paper for the first order: A6, and nothing else of the page on it. A named page would not reach through our layout. */
const paper = new CSSStyleSheet();
paper.replaceSync('@page { size: A6 portrait; margin: 7mm; }');

export function printsSlip(on: boolean): void {
  document.documentElement.classList.toggle('prints-slip', on);
  const others = document.adoptedStyleSheets.filter((sheet) => sheet !== paper);
  document.adoptedStyleSheets = on ? [...others, paper] : others;
}
