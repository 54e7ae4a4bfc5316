/** Whether this node has access to the Copernicus Data Space: asked when the list or the form opens. */
import { request } from '../api/request';

export const access = $state({ configured: null as boolean | null });

export async function learnAccess(): Promise<void> {
  try {
    access.configured = (await request<{ configured: boolean }>('/api/imagery/jobs?limit=1')).configured;
  } catch {
    // Not known; a search will say what is wrong.
  }
}
