import type { Polygon } from 'geojson';
import { describe, expect, it } from 'vitest';
import { fault, fitsBefore, kindOf, proposedAfter, proposedBefore, rectangle, sensorOf, sides, type Scene } from '../../src/satellite/order';

const radar = (day: number, more: Partial<Scene> = {}): Scene => ({ id: `S1A_${day}`, sensor: 'SENTINEL_1', acquired_at: `2021-07-${String(day).padStart(2, '0')}T17:25:16Z`, covers: 1, direction: 'ascending', orbit: 15, ...more });
const optical = (day: number, more: Partial<Scene> = {}): Scene => ({ ...radar(day), id: `S2A_${day}`, sensor: 'SENTINEL_2', cloud: 5, ...more });

describe('which scenes fit together', () => {
  it('radar wants the same orbit and direction, and an earlier time', () => {
    expect(fitsBefore(radar(9), radar(15))).toBe(true);
    expect(fitsBefore(radar(15), radar(9))).toBe(false);
    expect(fitsBefore(radar(9, { orbit: 37 }), radar(15))).toBe(false);
    expect(fitsBefore(radar(9, { direction: 'descending' }), radar(15))).toBe(false);
    expect(fitsBefore(optical(9, { orbit: 108 }), optical(15))).toBe(true);
  });

  it('the newest whole and clear scene is proposed, else the newest', () => {
    const scenes = [optical(16, { cloud: 98 }), optical(14, { covers: 0.5 }), optical(11), optical(9)];
    expect(proposedAfter(scenes)?.id).toBe('S2A_11');
    expect(proposedBefore(scenes, scenes[2]!)?.id).toBe('S2A_9');
    expect(proposedAfter([optical(16, { cloud: 98 }), optical(14, { cloud: 90 })])?.id).toBe('S2A_16');
    expect(proposedBefore([optical(16), optical(14, { cloud: 90 })], optical(16))).toBeUndefined();
    expect(proposedAfter([])).toBeUndefined();
  });

  it('each wish has its kind and its sensor', () => {
    expect([kindOf('WATER', 'SENTINEL_1'), kindOf('WATER', 'SENTINEL_2'), kindOf('BURN', 'SENTINEL_2'), kindOf('PICTURE', 'SENTINEL_1')]).toEqual(['WATER_SAR', 'WATER_OPTICAL', 'BURN', 'PICTURE']);
    expect(sensorOf('BURN', 'SENTINEL_1')).toBe('SENTINEL_2');
    expect(sensorOf('PICTURE', 'SENTINEL_1')).toBe('SENTINEL_1');
  });
});

describe('the area', () => {
  const square = (degrees: number): Polygon => rectangle([6.8, 50.8, 6.8 + degrees, 50.8 + degrees]);

  it('is closed and measured', () => {
    const area = square(0.1);
    expect(area.coordinates[0]).toHaveLength(5);
    expect(area.coordinates[0]![0]).toEqual(area.coordinates[0]![4]);
    const { long, short } = sides(area);
    expect(long).toBeGreaterThan(11_000);
    expect(long).toBeLessThan(11_200);
    expect(short).toBeGreaterThan(6_900);
    expect(short).toBeLessThan(7_100);
  });

  it('is refused below 200 m and above 150 km', () => {
    expect(fault(square(0.001))).toBe('small');
    expect(fault(square(0.1))).toBeNull();
    expect(fault(square(1.5))).toBe('large');
  });
});
