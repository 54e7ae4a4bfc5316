/** The tactical sign of a resource: its type's as the catalogue says, else one for its kind. */
import type { SignSpec } from '../situation/signs';
import { typeOf } from './catalogue.svelte';
import type { ResourceBody, ResourceKind } from './types';

const KINDS: Record<ResourceKind, SignSpec> = {
  VEHICLE: { base: 'kraftfahrzeug-landgebunden' },
  CONTAINER: { base: 'abrollbehaelter' },
  UNIT: { base: 'taktische-formation', unit: 'zug' },
  TEAM: { base: 'taktische-formation', unit: 'trupp' },
  DEVICE: { base: 'ohne', symbol: 'geraete' },
};

const ORGANISATIONS: Record<string, string> = {
  FW: 'feuerwehr', THW: 'thw', POL: 'polizei', BPOL: 'polizei', BW: 'bundeswehr', DRK: 'hilfsorganisation', JUH: 'hilfsorganisation', MHD: 'hilfsorganisation', ASB: 'hilfsorganisation', DLRG: 'hilfsorganisation', RD: 'hilfsorganisation', KatS: 'gefahrenabwehr', KOMMUNE: 'gefahrenabwehr',
};

/** `organisation` is the kind of the organisation, such as FW. */
export function signOfResource({ type, kind }: Pick<ResourceBody, 'type' | 'kind'>, organisation?: string): SignSpec {
  const own = symbolOf(typeOf(type)?.symbol);
  const usual = KINDS[kind] ?? KINDS.VEHICLE;
  return { ...usual, ...own, organisation: own?.organisation ?? ORGANISATIONS[organisation ?? ''] };
}

/** As the catalogue writes it, in the ids of taktische-zeichen-core. What is unknown there is left out by `sign`. */
function symbolOf(given: unknown): SignSpec | null {
  return typeof given === 'object' && given !== null && 'base' in given ? (given as SignSpec) : null;
}
