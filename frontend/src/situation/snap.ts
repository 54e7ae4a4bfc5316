/** Snapping while drawing: to corners of what is there already, else to its lines. Distances are in pixels. */
import type { Geometry, Position } from 'geojson';

export type Project = (longitude: number, latitude: number) => { x: number; y: number };
export type Unproject = (x: number, y: number) => { lng: number; lat: number };

/** The corner within `reach` of the point, else the foot on the nearest line within it; undefined for neither. */
export function snap(x: number, y: number, lines: Position[][], project: Project, unproject: Unproject, reach = 12): Position | undefined {
  let [corner, nearest] = [undefined as Position | undefined, reach];
  let [foot, least] = [undefined as Position | undefined, reach];
  for (const line of lines) {
    let before: { x: number; y: number } | undefined;
    for (const position of line) {
      const at = project(position[0]!, position[1]!);
      const far = Math.hypot(at.x - x, at.y - y);
      if (far <= nearest) [corner, nearest] = [position, far];
      if (before) {
        const on = footOf(x, y, before, at);
        const away = Math.hypot(on.x - x, on.y - y);
        if (away <= least) {
          const { lng, lat } = unproject(on.x, on.y);
          [foot, least] = [[lng, lat], away];
        }
      }
      before = at;
    }
  }
  return corner ?? foot;
}

function footOf(x: number, y: number, a: { x: number; y: number }, b: { x: number; y: number }): { x: number; y: number } {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const size = dx * dx + dy * dy;
  const part = size ? Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / size)) : 0;
  return { x: a.x + part * dx, y: a.y + part * dy };
}

/** What a geometry offers to snap to. */
export function linesOf(geometry: Geometry): Position[][] {
  if (geometry.type === 'LineString') return [geometry.coordinates];
  if (geometry.type === 'Polygon') return geometry.coordinates;
  if (geometry.type === 'MultiPolygon') return geometry.coordinates.flat();
  return geometry.type === 'Point' ? [[geometry.coordinates]] : [];
}
