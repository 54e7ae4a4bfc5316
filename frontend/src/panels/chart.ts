/** The hydrograph itself: uPlot with threshold lines, a dashed forecast in its band, and the line of now. */
import uPlot from 'uplot';
import { clockTime, moment } from '../format';
import { levelColour, MAP_COLOURS, type Theme } from '../palette';
import { columns, type Curves, type Doubt } from './curves';

export interface Words {
  now: string;
  number: (value: number) => string;
  doubts: Record<string, string>;
  language: string;
}

const FONT = '12px "Fira Sans", sans-serif';
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
const CURVE: Record<Theme, string> = { light: '#0b57a4', dark: '#6db3f2', night: '#c98a5a' };

export class Chart {
  #plot: uPlot | undefined;
  #look = '';
  #curves!: Curves;
  #words!: Words;
  #theme: Theme = 'light';
  #observer: ResizeObserver;

  constructor(readonly holder: HTMLElement) {
    this.#observer = new ResizeObserver(() => this.#plot?.setSize(this.#size()));
    this.#observer.observe(holder);
  }

  destroy(): void {
    this.#observer.disconnect();
    this.#plot?.destroy();
  }

  show(curves: Curves, theme: Theme, words: Words): void {
    this.#curves = curves;
    this.#words = words;
    this.#theme = theme;
    const look = `${theme}|${curves.unit}|${words.language}`;
    if (this.#plot && look === this.#look) {
      this.#plot.batch(() => {
        this.#plot!.setData(columns(curves) as uPlot.AlignedData, false);
        this.#plot!.setScale('x', { min: curves.from, max: curves.to });
        this.#plot!.setScale('y', { min: curves.low, max: curves.high });
      });
      return;
    }
    this.#look = look;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), columns(curves) as uPlot.AlignedData, this.holder);
  }

  #size(): { width: number; height: number } {
    return { width: Math.max(160, this.holder.clientWidth), height: 250 };
  }

  #options(): uPlot.Options {
    const theme = this.#theme;
    const c = MAP_COLOURS[theme];
    const curve = CURVE[theme];
    const axis = { stroke: c.labelMinor, font: FONT, grid: { stroke: c.municipality, width: 1 }, ticks: { show: false } };
    return {
      ...this.#size(),
      padding: [10, 20, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Europe/Berlin'),
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, points: { size: 7 } },
      scales: {
        x: { time: true, range: () => [this.#curves.from, this.#curves.to] },
        y: { range: () => [this.#curves.low, this.#curves.high] },
      },
      axes: [
        { ...axis, space: 58, size: 26, values: (_plot, ticks, _axis, _space, increment) => ticks.map((at) => (increment >= 86_400 ? moment(at * 1000).slice(0, 6) : clockTime(at * 1000) === '00:00' ? moment(at * 1000).slice(0, 6) : clockTime(at * 1000))) },
        { ...axis, size: 50, space: 32, incrs: this.#curves.unit === 'cm' ? STEPS.filter((step) => step >= 1) : STEPS, values: (_plot, ticks) => ticks.map((value) => this.#words.number(value)) },
      ],
      series: [
        {},
        { stroke: curve, width: 2.2, spanGaps: false, points: { show: false } },
        { stroke: curve, width: 2, dash: [6, 5], points: { show: false } },
        { stroke: 'transparent', points: { show: false } },
        { stroke: 'transparent', points: { show: false } },
      ],
      bands: [{ series: [4, 3], fill: curve + '2e' }],
      hooks: { drawAxes: [(plot) => this.#behind(plot)], draw: [(plot) => this.#above(plot)], setCursor: [(plot) => this.#read(plot)] },
    };
  }

  /** Threshold lines with their names, below the curves. */
  #behind(plot: uPlot): void {
    const { ctx: pen, bbox } = plot;
    const ratio = devicePixelRatio;
    pen.save();
    pen.font = `${11 * ratio}px "Fira Sans", sans-serif`;
    pen.textBaseline = 'bottom';
    pen.textAlign = 'left';
    const marks = this.#curves.thresholds
      .filter(({ value }) => value >= this.#curves.low && value <= this.#curves.high)
      .map((mark) => ({ ...mark, y: Math.round(plot.valToPos(mark.value, 'y', true)) }));
    for (const { level, y } of marks) {
      pen.strokeStyle = level === undefined ? MAP_COLOURS[this.#theme].district : levelColour(this.#theme, level);
      pen.lineWidth = (level === undefined ? 1 : 1.8) * ratio;
      pen.setLineDash(level === undefined ? [2 * ratio, 3 * ratio] : []);
      pen.beginPath();
      pen.moveTo(bbox.left, y);
      pen.lineTo(bbox.left + bbox.width, y);
      pen.stroke();
    }
    // Names above all lines, the lowest first; one that would touch the name below it moves to the right end.
    pen.setLineDash([]);
    pen.lineWidth = 3.5 * ratio;
    pen.strokeStyle = MAP_COLOURS[this.#theme].halo;
    pen.fillStyle = MAP_COLOURS[this.#theme].label;
    let [left, right] = [Infinity, Infinity];
    for (const { name, value, y } of marks) {
      const words = `${name} ${this.#words.number(value)}`;
      const fits = left - y > 13 * ratio;
      if (!fits && right - y <= 13 * ratio) continue;
      const x = fits ? bbox.left + 4 * ratio : bbox.left + bbox.width - pen.measureText(words).width - 4 * ratio;
      if (fits) left = y;
      else right = y;
      pen.strokeText(words, x, y - ratio);
      pen.fillText(words, x, y - ratio);
    }
    pen.restore();
  }

  /** A sign of its own for each doubt, so that none is told by colour alone; what lies close together is one sign. */
  #doubted(plot: uPlot): void {
    const { ctx: pen, bbox } = plot;
    const ratio = devicePixelRatio;
    const size = 5 * ratio;
    const drawn: Partial<Record<Doubt, number>> = {};
    pen.save();
    pen.fillStyle = MAP_COLOURS[this.#theme].halo;
    pen.strokeStyle = MAP_COLOURS[this.#theme].label;
    pen.lineWidth = 1.8 * ratio;
    for (const { at, value, doubt } of this.#curves.marks) {
      const [x, y] = [plot.valToPos(at, 'x', true), plot.valToPos(value, 'y', true)];
      if (x < bbox.left || x > bbox.left + bbox.width || (doubt !== 'SPIKE' && x - (drawn[doubt] ?? -Infinity) < 2.4 * size)) continue;
      drawn[doubt] = x;
      pen.beginPath();
      if (doubt === 'STUCK') pen.rect(x - size * 0.8, y - size * 0.8, size * 1.6, size * 1.6);
      else {
        const corners = doubt === 'SPIKE' ? [[0, -1.2], [1.1, 0.8], [-1.1, 0.8]] : [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]];
        for (const [right, down] of corners) pen.lineTo(x + right! * size, y + down! * size);
        pen.closePath();
      }
      pen.fill();
      pen.stroke();
    }
    pen.restore();
  }

  #above(plot: uPlot): void {
    this.#doubted(plot);
    const { ctx: pen, bbox } = plot;
    const ratio = devicePixelRatio;
    const x = Math.round(plot.valToPos(this.#curves.now, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) return;
    pen.save();
    pen.strokeStyle = MAP_COLOURS[this.#theme].labelMinor;
    pen.lineWidth = ratio;
    pen.beginPath();
    pen.moveTo(x, bbox.top);
    pen.lineTo(x, bbox.top + bbox.height);
    pen.stroke();
    pen.fillStyle = MAP_COLOURS[this.#theme].labelMinor;
    pen.font = `${11 * ratio}px "Fira Sans", sans-serif`;
    pen.textAlign = 'right';
    pen.textBaseline = 'bottom';
    pen.fillText(this.#words.now, x - 4 * ratio, bbox.top + bbox.height - 5 * ratio);
    pen.restore();
  }

  /** The value under the pointer, as a title of the plot: no floating box. */
  #read(plot: uPlot): void {
    const index = plot.cursor.idx;
    const at = index == null ? undefined : plot.data[0][index];
    const value = index == null ? undefined : (plot.data[1]?.[index] ?? plot.data[2]?.[index]);
    const doubt = this.#curves.marks.find((mark) => mark.at === at)?.doubt;
    this.holder.dataset.read = at !== undefined && value != null ? `${moment(at * 1000)}  ${this.#words.number(value)} ${this.#curves.unit}${doubt ? `  ${this.#words.doubts[doubt]}` : ''}` : '';
  }
}
