import { describe, expect, it } from 'vitest';
import { Failed } from '../../src/api/request';
import { credit, ordered, takenAt, type Job, type JobBody, type Raster } from '../../src/satellite/job';
import { told, toldOf } from '../../src/satellite/problems';
import { de } from '../../src/text/imagery';

const job = (id: string, state: JobBody['state'], at: string): Job => ({ ref: id, id, kind: 'imagery_job', room: 'public', provenance: null, body: { state, asked_at: at } as JobBody });
const raster = (at: string): Raster => ({ acquired_at: at }) as Raster;

describe('jobs', () => {
  it('those that go on come first, then the newest', () => {
    const all = [job('a', 'DONE', '2021-07-16T12:00:00Z'), job('b', 'QUEUED', '2021-07-16T10:00:00Z'), job('c', 'FAILED', '2021-07-16T13:00:00Z'), job('d', 'RUNNING', '2021-07-16T09:00:00Z')];
    expect(ordered(all).map(({ id }) => id)).toEqual(['b', 'd', 'c', 'a']);
  });

  it('a scene tells by its name when it was taken', () => {
    expect(takenAt('S1A_IW_GRDH_1SDV_20210715T172516_20210715T172541_738351_000011_000F')).toBe('2021-07-15T17:25:16Z');
    expect(takenAt('S2B_MSIL2A_20210716T103629_N0301_R008_T32ULB_20210716T135524')).toBe('2021-07-16T10:36:29Z');
    expect(takenAt('S1A_nothing')).toBeNull();
  });

  it('the credit names each year once', () => {
    expect(credit([raster('2020-12-30T05:00:00Z'), raster('2021-01-05T05:00:00Z'), raster('2021-02-05T05:00:00Z')])).toBe('Contains modified Copernicus Sentinel data 2020, 2021');
  });

  it('satellites are called by their names', () => {
    expect(['sentinel-1b', 'S1A', 'S2B', 'SENTINEL_1'].map(de.platform)).toEqual(['Sentinel-1B', 'Sentinel-1A', 'Sentinel-2B', 'SENTINEL_1']);
  });
});

describe('what went wrong', () => {
  const CODES = ['CREDENTIALS', 'FORBIDDEN', 'QUOTA', 'THROTTLED', 'UNREACHABLE', 'SLOW', 'BROKEN', 'REFUSED', 'NO_SCENE', 'EMPTY', 'ANALYSIS', 'LOST', 'INTERNAL'];

  it('each code of the interface has our own words and what to do', () => {
    for (const code of CODES) {
      const { what, todo } = told(code, 'server words', de as never);
      expect(what, code).not.toBe('server words');
      expect(todo, code).toMatch(/\.$/);
    }
    expect(told('SOMETHING_NEW', 'server words', de as never).what).toBe('server words');
  });

  it('a refused request is told by its kind, an unknown one by its detail', () => {
    expect(toldOf(new Failed('x', 409, null, 'not-configured'), de as never)).toEqual(de.errors.NOT_CONFIGURED);
    expect(toldOf(new Failed('the area must be a Polygon', 422, 'area', 'invalid'), de as never).what).toBe('the area must be a Polygon');
  });
});
