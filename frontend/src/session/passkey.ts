/** Signing in with a passkey: the browser's own JSON form of WebAuthn, nothing in between. */
import { send } from '../api/request';

interface Ceremony {
  ceremony: string;
  options: PublicKeyCredentialRequestOptionsJSON;
}

/** Passkeys need a secure page: https, or this machine itself. */
export function passkeysWork(): boolean {
  return isSecureContext && typeof PublicKeyCredential !== 'undefined' && 'parseRequestOptionsFromJSON' in PublicKeyCredential;
}

/** Raises Failed, or what the browser says: NotAllowedError if the person turned it down or it took too long. */
export async function signInWithPasskey(): Promise<void> {
  const { ceremony, options } = await send<Ceremony>('POST', '/api/session/passkey/begin', {});
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential | null;
  if (!credential) throw new DOMException('no passkey', 'NotAllowedError');
  await send('POST', '/api/session/passkey/finish', { ceremony, credential: credential.toJSON() });
}
