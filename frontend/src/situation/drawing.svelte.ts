/** Drawing on the map with terra-draw: one shape at a time, its history, and its size while it grows. */
import type { Geometry, Position } from 'geojson';
import type { Map as MapLibre } from 'maplibre-gl';
import {
  TerraDraw, TerraDrawLineStringMode, TerraDrawModeUndoRedo, TerraDrawPointMode, TerraDrawPolygonMode, TerraDrawSelectMode, type GeoJSONStoreFeatures, type HexColor, type SnapToCustom,
} from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';
import { hand } from '../map/hand.svelte';
import type { Shape } from './fields';
import { snap } from './snap';

const MODES: Record<Shape, string> = { Point: 'point', LineString: 'linestring', Polygon: 'polygon' };
const MOST = 200;

/** What is drawn right now; null while nobody draws. */
export const drawing = $state({
  on: false,
  shape: 'Point' as Shape,
  /** The shape as it grows under the pointer, for measuring. */
  live: null as Geometry | null,
  canUndo: false,
  canRedo: false,
});

interface Wish {
  shape: Shape;
  colour: string;
  /** Lines and corners to snap to. */
  near: () => Position[][];
  /** The shape was finished, or changed after that. */
  drawn: (geometry: Geometry | null) => void;
}

let tool: TerraDraw | null = null;
let wish: Wish | null = null;
let past: (Geometry | null)[] = [];
let ahead: (Geometry | null)[] = [];
let held: Geometry | null = null;

/** Whatever was there is forgotten: another thing is edited now. */
export function beginHistory(geometry: Geometry | null): void {
  [past, ahead, held] = [[], [], geometry];
  sizes();
}

/** Begins to draw on the map, or to move the corners of what is drawn already. False if there is no map. */
export function draw(made: Wish): boolean {
  const { map } = hand;
  if (!map) return false;
  stop();
  wish = made;
  tool = equip(map, made);
  hand.drawing = true;
  Object.assign(drawing, { on: true, shape: made.shape, live: held });
  show();
  map.getCanvas().focus();
  return true;
}

/** Puts the pen down; what was finished stays. */
export function stop(): void {
  const { map } = hand;
  try {
    tool?.stop();
  } catch {
    // The map went before the tool.
  }
  tool = null;
  wish = null;
  hand.drawing = false;
  if (map) map.getCanvas().style.cursor = '';
  Object.assign(drawing, { on: false, live: null });
  sizes();
}

/** Another geometry from elsewhere: typed coordinates, a found address. */
export function put(geometry: Geometry | null): void {
  remember(geometry);
  if (tool) show();
}

export function undo(): Geometry | null | undefined {
  if (tool?.getModeState() === 'drawing' && tool.canUndo()) return void tool.undo();
  return go(past, ahead);
}

export function redo(): Geometry | null | undefined {
  if (tool?.getModeState() === 'drawing' && tool.canRedo()) return void tool.redo();
  return go(ahead, past);
}

/** The geometry after the step; undefined if only the unfinished drawing changed. */
function go(from: (Geometry | null)[], to: (Geometry | null)[]): Geometry | null | undefined {
  if (!from.length) return undefined;
  to.push(held);
  held = from.pop()!;
  if (tool) show();
  sizes();
  wish?.drawn(held);
  return held;
}

function remember(geometry: Geometry | null): void {
  past = [...past.slice(-MOST), held];
  ahead = [];
  held = geometry;
  sizes();
}

function sizes(): void {
  const busy = tool?.getModeState() === 'drawing';
  drawing.canUndo = past.length > 0 || (busy && tool!.canUndo()) || false;
  drawing.canRedo = ahead.length > 0 || (busy && tool!.canRedo()) || false;
}

/** Brings what is held into the tool: corners to move if there is something, else a pen. */
function show(): void {
  if (!tool || !wish) return;
  tool.clear();
  drawing.live = held;
  const { shape } = wish;
  if (held && held.type === shape) {
    const [result] = tool.addFeatures([{ type: 'Feature', geometry: rounded(held), properties: { mode: MODES[shape] } } as GeoJSONStoreFeatures]);
    if (result?.valid && result.id !== undefined) {
      if (shape === 'Point') tool.setMode('point');
      else tool.selectFeature(result.id);
      return;
    }
  }
  tool.setMode(MODES[shape]);
}

/** Terra-draw refuses more than nine digits. */
function rounded(geometry: Geometry): Geometry {
  return JSON.parse(JSON.stringify(geometry), (_, value: unknown) => (typeof value === 'number' ? Math.round(value * 1e9) / 1e9 : value)) as Geometry;
}

function equip(map: MapLibre, { colour, near }: Wish): TerraDraw {
  const toCustom: SnapToCustom = ({ containerX, containerY }, { project, unproject }) => snap(containerX, containerY, near(), project, unproject);
  const snapping = { toCustom };
  const ink = colour as HexColor;
  const corner = { closingPointColor: ink, closingPointWidth: 6, closingPointOutlineColor: '#ffffff' as HexColor, closingPointOutlineWidth: 2, snappingPointColor: '#ffffff' as HexColor, snappingPointWidth: 6, snappingPointOutlineColor: ink, snappingPointOutlineWidth: 3 };
  const edit = { draggable: true, coordinates: { draggable: true, midpoints: true, deletable: true, snappable: snapping } };
  const made = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, prefixId: 'draw', coordinatePrecision: 9 }),
    undoRedo: { modeLevel: new TerraDrawModeUndoRedo() },
    modes: [
      new TerraDrawPointMode({ styles: { pointColor: ink, pointWidth: 8, pointOutlineColor: '#ffffff', pointOutlineWidth: 3 } }),
      new TerraDrawLineStringMode({ snapping, keyEvents: { finish: 'Enter', cancel: null }, styles: { lineStringColor: ink, lineStringWidth: 4, ...corner } }),
      new TerraDrawPolygonMode({ snapping, keyEvents: { finish: 'Enter', cancel: null }, styles: { fillColor: ink, fillOpacity: 0.2, outlineColor: ink, outlineWidth: 3, ...corner } }),
      new TerraDrawSelectMode({
        flags: { linestring: { feature: edit }, polygon: { feature: edit } },
        keyEvents: null,
        allowManualDeselection: false,
        styles: { selectedLineStringColor: ink, selectedLineStringWidth: 4, selectedPolygonColor: ink, selectedPolygonOutlineColor: ink, selectedPolygonOutlineWidth: 3, selectionPointColor: '#ffffff', selectionPointWidth: 6, selectionPointOutlineColor: ink, selectionPointOutlineWidth: 3, midPointColor: ink, midPointWidth: 4, midPointOutlineColor: '#ffffff', midPointOutlineWidth: 2 },
      }),
    ],
  });
  made.start();
  const own = () => made.getSnapshot().find(({ properties }) => Object.values(MODES).includes(String(properties.mode)) && !guidance(properties));
  made.on('change', () => {
    const shape = own();
    if (shape) drawing.live = JSON.parse(JSON.stringify(shape.geometry)) as Geometry;
    sizes();
  });
  made.on('finish', (id) => {
    const finished = made.getSnapshotFeature(id);
    if (!finished || tool !== made) return;
    remember(JSON.parse(JSON.stringify(finished.geometry)) as Geometry);
    wish?.drawn(held);
    // Not while terra-draw is still in the midst of its own event.
    setTimeout(() => tool === made && finished.properties.mode !== 'select' && made.getMode() !== 'select' && show(), 0);
  });
  return made;
}

function guidance(properties: Record<string, unknown>): boolean {
  return ['selectionPoint', 'midPoint', 'closingPoint', 'snappingPoint', 'coordinatePoint', 'edited'].some((name) => properties[name]);
}
