/** What the server's own description says, under short names. `npm run api` makes it anew; a difference breaks the check. */
import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type Exercise = Schemas['ExerciseOut'];
/** Empty members are left out on the wire. */
export type Found = Pick<Schemas['FoundOut'], 'type' | 'name'> & Partial<Schemas['FoundOut']>;
export type Page = Schemas['ChangesOut'];
export interface Duty {
  staff: string;
  incident: string;
  model: string;
  function: string;
  room: string;
  deputy: boolean;
}
/** Who you are here; everything may be empty, nothing is missing. */
export interface Session {
  signed_in: boolean;
  person: string | null;
  name: string | null;
  admin: boolean;
  purpose: string;
  organisations: { id: string; name: string }[];
  duties: Duty[];
  rooms: { id: string; name: string; write: boolean; share: boolean; incident: string | null }[];
  rights: string[];
}
export const STRANGER: Session = {
  signed_in: false, person: null, name: null, admin: false, purpose: 'browser', organisations: [], duties: [], rooms: [], rights: [],
};
export type SettingsOut = Schemas['SettingsOut'];
export type ObservationsOut = Schemas['ObservationsOut'];
