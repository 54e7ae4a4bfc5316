/** What the server's own description says, under short names. `npm run api` makes it anew; a difference breaks the check. */
import type { components } from './schema.gen';

type Schemas = components['schemas'];

export type Exercise = Schemas['ExerciseOut'];
/** Empty members are left out on the wire. */
export type Found = Pick<Schemas['FoundOut'], 'type' | 'name'> & Partial<Schemas['FoundOut']>;
export type Page = Schemas['ChangesOut'];
export type Session = Schemas['SessionOut'];
export type SettingsOut = Schemas['SettingsOut'];
export type ObservationsOut = Schemas['ObservationsOut'];
